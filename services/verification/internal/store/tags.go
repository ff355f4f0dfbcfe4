package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/outbox"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// SetTags implements app.WorkStore.
func (s *Store) SetTags(ctx context.Context, entry domain.Entry, author domain.Author, tags []domain.Tag) (domain.Tagging, error) {
	tagging, err := onEntry(ctx, s, entry.ID, func(tx pgx.Tx, _ db.EntryHead) (t domain.Tagging, err error) {
		q := db.New(tx)
		id, at, err := stamped(ctx, q)
		if err != nil {
			return t, err
		}
		numbers := make([]int16, len(tags))
		for i, tag := range tags {
			numbers[i] = int16(tag)
		}
		if err := q.InsertTags(ctx, db.InsertTagsParams{
			ID: id, EntryID: entry.ID, Tags: numbers, AuthorID: author.ID, Author: author.Name, OccurredAt: at,
		}); err != nil {
			return t, err
		}
		if err := audit.Append(ctx, tx, recorded("tags.set", entry, map[string]string{"tags": fmt.Sprint(numbers)})); err != nil {
			return t, err
		}
		return tell(ctx, tx, domain.Tagging{EntryID: entry.ID, CountyCode: entry.CountyCode, Tags: tags, At: at})
	})
	if err != nil {
		return domain.Tagging{}, fmt.Errorf("tags of %s: %w", entry.ID, err)
	}
	return tagging, nil
}

// tell gives the newest setting of a locked entry its version, and its event.
func tell(ctx context.Context, tx pgx.Tx, t domain.Tagging) (domain.Tagging, error) {
	var err error
	if t.Version, err = db.New(tx).NextTagsVersion(ctx, t.EntryID); err != nil {
		return t, err
	}
	return t, outbox.Append(ctx, tx, outbox.Event{
		Service: "verification", Name: "tags_changed", Region: t.CountyCode, Time: t.At,
		Body: &eventv1.TagsChanged{
			EntryId: t.EntryID, TagsVersion: t.Version, CountyCode: t.CountyCode, Tags: t.Names(), OccurTime: timestamppb.New(t.At),
		},
	})
}

// TellTags tells of what was set before special groups were told to others.
func (s *Store) TellTags(ctx context.Context) error {
	untold, err := inScope(ctx, s, domain.WholeProvince, func(q *db.Queries) ([]db.ListUntoldTagsRow, error) { return q.ListUntoldTags(ctx) })
	if err != nil {
		return fmt.Errorf("tags that were told to nobody: %w", err)
	}
	for _, u := range untold {
		if _, err := onEntry(ctx, s, u.EntryID, func(tx pgx.Tx, head db.EntryHead) (t domain.Tagging, err error) {
			if head.TagsVersion > 0 {
				return t, nil
			}
			changes, err := tagChanges(ctx, tx, u.EntryID)
			if err != nil {
				return t, err
			}
			return tell(ctx, tx, domain.Tagging{EntryID: u.EntryID, CountyCode: u.CountyCode, Tags: changes[0].Tags, At: changes[0].At})
		}); err != nil {
			return fmt.Errorf("telling the tags of %s: %w", u.EntryID, err)
		}
	}
	return nil
}

func (s *Store) addTags(ctx context.Context, tx pgx.Tx, d *domain.WorkDetail) (err error) {
	d.TagChanges, err = tagChanges(ctx, tx, d.EntryID)
	return err
}

// tagChanges are an entry's settings, newest first.
func tagChanges(ctx context.Context, tx pgx.Tx, entryID string) ([]domain.TagChange, error) {
	rows, err := db.New(tx).ListTags(ctx, entryID)
	changes := make([]domain.TagChange, len(rows))
	for i, r := range rows {
		changes[i] = domain.TagChange{Author: r.Author, At: r.OccurredAt}
		for _, t := range r.Tags {
			changes[i].Tags = append(changes[i].Tags, domain.Tag(t))
		}
	}
	return changes, err
}
