package events

import (
	"context"

	"baoxue.internal/pkg/bus"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/ledger/internal/app"
)

// TagsDurable is the name of the ledger's consumer of special groups.
const TagsDurable = "ledger-tags"

// TagSubjects are what it listens to.
var TagSubjects = []string{"baoxue.verification.v1.tags_changed.*"}

// Tags applies verification's special groups to the projection.
func Tags(store app.TagProjector) bus.Handler {
	return func(ctx context.Context, events []bus.Event) error {
		taggings := make([]app.Tagging, 0, len(events))
		for _, e := range events {
			var t eventv1.TagsChanged
			if err := e.Decode(&t); err != nil {
				return err
			}
			taggings = append(taggings, app.Tagging{EntryID: t.GetEntryId(), Version: t.GetTagsVersion(), Tags: t.GetTags()})
		}
		return store.ApplyTags(ctx, taggings)
	}
}
