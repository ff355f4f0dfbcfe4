// Package files keeps the contents of evidence in the object store, sealed: the broker's
// files must not show what is in them.
package files

import (
	"context"
	"fmt"
	"time"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/seal"
)

// Bucket is the object store's.
const Bucket = "baoxue-evidence"

// Files implements app.Files.
type Files struct {
	Objects bus.Objects
	Sealer  seal.Sealer
}

// Put implements app.Files.
func (f Files) Put(ctx context.Context, id string, content []byte) error {
	sealed, err := f.Sealer.Seal(string(content), place(id))
	if err != nil {
		return fmt.Errorf("sealing evidence %s: %w", id, err)
	}
	return f.Objects.Put(ctx, id, sealed)
}

// Get implements app.Files.
func (f Files) Get(ctx context.Context, id string) ([]byte, error) {
	sealed, err := f.Objects.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	content, err := f.Sealer.Unseal(sealed, place(id))
	if err != nil {
		return nil, fmt.Errorf("evidence %s: %w", id, err)
	}
	return []byte(content), nil
}

// Delete implements app.Files.
func (f Files) Delete(ctx context.Context, id string) error { return f.Objects.Delete(ctx, id) }

// StoredBefore implements app.Files.
func (f Files) StoredBefore(ctx context.Context, instant time.Time) ([]string, error) {
	return f.Objects.StoredBefore(ctx, instant)
}

// place binds what is sealed to its id: a file put in another's place is not opened.
func place(id string) string { return "verification evidence " + id }
