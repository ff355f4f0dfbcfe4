package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/verification/internal/domain"
)

// NewEvidence is a file that is stored and now belongs to an entry.
type NewEvidence struct {
	domain.Evidence
	Entry  domain.Entry
	Author domain.Author
}

// EvidenceStore keeps what files there are.
type EvidenceStore interface {
	// AddEvidence refuses a finding, visit or legal step that the entry does not have; a finding that
	// is about to be made it may have.
	AddEvidence(ctx context.Context, e NewEvidence) (domain.Evidence, error)
	ListEvidence(ctx context.Context, entryID string) ([]domain.Evidence, error)
	// ReadEvidence tells of a file and records that it is read.
	ReadEvidence(ctx context.Context, entry domain.Entry, id string) (domain.Evidence, error)
	HasEvidence(ctx context.Context, entryID string, revision int64) (bool, error)
	// KnownFiles are those of the ids that are some entry's evidence.
	KnownFiles(ctx context.Context, ids []string) (map[string]bool, error)
}

// Files keep contents, which nobody can read where they lie.
type Files interface {
	Put(ctx context.Context, id string, content []byte) error
	Get(ctx context.Context, id string) ([]byte, error)
	Delete(ctx context.Context, id string) error
	// StoredBefore are the ids of what was stored before an instant.
	StoredBefore(ctx context.Context, instant time.Time) ([]string, error)
}

// Evidence are the use cases of files.
type Evidence struct {
	Store  EvidenceStore
	Files  Files
	Ledger Ledger
	// Codes want a file before they can be saved.
	Codes []string
}

// Open checks that the caller may add a file to an entry.
func (u Evidence) Open(ctx context.Context, author domain.Author, entryID string) (domain.Entry, error) {
	return handled(ctx, u.Ledger, author, entryID)
}

// Add stores a file of an opened entry. The file is stored before its row: a row always
// has its file.
func (u Evidence) Add(ctx context.Context, author domain.Author, entry domain.Entry, of domain.EvidenceOf, content []byte) (domain.Evidence, error) {
	kind, err := domain.ContentType(content)
	if err != nil {
		return domain.Evidence{}, err
	}
	if err := of.Check(); err != nil {
		return domain.Evidence{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return domain.Evidence{}, err
	}
	if err := u.Files.Put(ctx, id.String(), content); err != nil {
		return domain.Evidence{}, err
	}
	added, err := u.Store.AddEvidence(ctx, NewEvidence{Entry: entry, Author: author, Evidence: domain.Evidence{
		EvidenceOf: of, ID: id.String(), EntryID: entry.ID, ContentType: kind, Size: len(content),
		SHA256: sha256.Sum256(content),
	}})
	// Of any other failure it is not known whether there is a row: the sweep looks later.
	if fault.As(err) != nil {
		err = errors.Join(err, u.Files.Delete(ctx, id.String()))
	}
	return added, err
}

// List lists an entry's files.
func (u Evidence) List(ctx context.Context, entryID string) ([]domain.Evidence, error) {
	if _, err := u.Ledger.Entry(ctx, entryID); err != nil {
		return nil, err
	}
	return u.Store.ListEvidence(ctx, entryID)
}

// Read returns a file, which is what was sent or an error.
func (u Evidence) Read(ctx context.Context, entryID, id string) (domain.Evidence, []byte, error) {
	entry, err := u.Ledger.Entry(ctx, entryID)
	if err != nil {
		return domain.Evidence{}, nil, err
	}
	evidence, err := u.Store.ReadEvidence(ctx, entry, id)
	if err != nil {
		return domain.Evidence{}, nil, err
	}
	content, err := u.Files.Get(ctx, id)
	if err == nil && sha256.Sum256(content) != evidence.SHA256 {
		err = fmt.Errorf("evidence %s is not what was sent", id)
	}
	return evidence, content, err
}

// Require adds to what a form lacks that its code wants a file.
func (u Evidence) Require(ctx context.Context, entry domain.Entry, form domain.Form, revision int64, lacking error) error {
	if !slices.Contains(u.Codes, form.Code) {
		return lacking
	}
	has, err := u.Store.HasEvidence(ctx, entry.ID, revision)
	if err != nil {
		return err
	}
	if has {
		return lacking
	}
	return domain.EvidenceRequired(form, lacking)
}
