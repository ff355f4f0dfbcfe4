package app

import "context"

// Tagging says which special groups an entry's child belongs to as of one version, owned by verification.
type Tagging struct {
	EntryID string
	Version int64
	// Tags are names of verification's Tag.
	Tags []string
}

// TagProjector keeps the projection of the special groups.
type TagProjector interface {
	// ApplyTags moves the projections forwards. Repeating it changes nothing.
	ApplyTags(ctx context.Context, taggings []Tagging) error
}
