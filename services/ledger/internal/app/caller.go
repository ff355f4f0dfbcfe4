// Package app holds the ledger's use cases, one a file.
package app

import "baoxue.internal/services/ledger/internal/domain"

// Caller is who asks, as far as the ledger needs to know.
type Caller struct {
	// ID is the subject, Actor the name for the history.
	ID, Actor string
	Scope     domain.Scope
	// Own is what the caller handles: a county's user the county's entries, the
	// province's its own queue.
	Own domain.Scope
}
