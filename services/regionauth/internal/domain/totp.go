package domain

// Totp is a user's second factor (RFC 6238).
type Totp struct {
	// Sealed is the secret, encrypted; empty when none was set up.
	Sealed []byte
	// Confirmed: it is asked for.
	Confirmed bool
	// Step is the last time step that was used; none works twice.
	Step int64
}
