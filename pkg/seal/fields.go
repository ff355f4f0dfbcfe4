package seal

// Sealer seals single texts; a Keyring is one.
type Sealer interface {
	Seal(text, context string) ([]byte, error)
	Unseal(sealed []byte, context string) (string, error)
	Index(purpose, text string) []byte
}

// Fields seals and unseals the fields of one row until one fails.
type Fields struct {
	sealer Sealer
	row    string
	err    error
}

// NewFields binds what is sealed to a row, which row has to name alone among all rows
// of all tables.
func NewFields(sealer Sealer, row string) *Fields { return &Fields{sealer: sealer, row: row} }

// Seal is never nil.
func (f *Fields) Seal(field, text string) []byte {
	sealed := []byte{}
	if f.err == nil && text != "" {
		sealed, f.err = f.sealer.Seal(text, f.row+" "+field)
	}
	return sealed
}

// Unseal is empty after a failure.
func (f *Fields) Unseal(field string, sealed []byte) (text string) {
	if f.err == nil && len(sealed) > 0 {
		text, f.err = f.sealer.Unseal(sealed, f.row+" "+field)
	}
	return text
}

// Err is the first failure.
func (f *Fields) Err() error { return f.err }
