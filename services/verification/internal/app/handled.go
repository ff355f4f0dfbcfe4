package app

import (
	"context"

	"baoxue.internal/services/verification/internal/domain"
)

// handled is an entry that the caller sees and may change.
func handled(ctx context.Context, ledger Ledger, author domain.Author, entryID string) (domain.Entry, error) {
	entry, err := ledger.Entry(ctx, entryID)
	if err != nil {
		return domain.Entry{}, err
	}
	return entry, author.MayHandle(entry)
}
