package verification_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/proto"

	"baoxue.internal/pkg/testkit"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

func TestEveryTagHasItsNameInTheContract(t *testing.T) {
	for number, name := range verificationv1.Tag_name {
		if got := domain.Tag(number).Name(); number != 0 && got != name {
			t.Errorf("%d is called %q, in the contract %s", number, got, name)
		}
	}
}

// toldTags are the events about special groups that wait to be published.
func toldTags(ctx context.Context, t *testing.T, pool *pgxpool.Pool) (told []*eventv1.TagsChanged) {
	t.Helper()
	rows, err := pool.Query(ctx, "SELECT payload FROM outbox WHERE subject = 'baoxue.verification.v1.tags_changed.330106' ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	payloads, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range payloads {
		event := &eventv1.TagsChanged{}
		if err := proto.Unmarshal(payload, event); err != nil {
			t.Fatal(err)
		}
		told = append(told, event)
	}
	return told
}

// What was set before others were told is told once, as it is now.
func TestOlderTagsAreToldOnce(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	var entries []domain.Entry
	for range 2 {
		entry := domain.Entry{ID: uuid.NewString(), CountyCode: "330106"}
		if err := s.ApplyPlaces(ctx, []app.Place{{EntryID: entry.ID, CountyCode: "330106", Version: 1, At: time.Now()}}); err != nil {
			t.Fatal(err)
		}
		for _, tags := range [][]domain.Tag{{1}, {2, 5}} {
			if _, err := s.SetTags(ctx, entry, clerk, tags); err != nil {
				t.Fatal(err)
			}
		}
		entries = append(entries, entry)
	}
	if told := toldTags(ctx, t, pool); len(told) != 4 || told[1].GetTagsVersion() != 2 || !slices.Equal(told[1].GetTags(), []string{"TAG_LEFT_BEHIND", "TAG_REGISTERED_POOR"}) {
		t.Fatalf("%v", told)
	}
	// As an older version left the first.
	if _, err := pool.Exec(ctx, "TRUNCATE outbox"); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(ctx, "UPDATE entry_heads SET tags_version = 0 WHERE entry_id = $1", entries[0].ID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.TellTags(ctx); err != nil {
			t.Fatal(err)
		}
	}
	told := toldTags(ctx, t, pool)
	if len(told) != 1 || told[0].GetEntryId() != entries[0].ID || told[0].GetTagsVersion() != 1 || !slices.Equal(told[0].GetTags(), []string{"TAG_LEFT_BEHIND", "TAG_REGISTERED_POOR"}) {
		t.Errorf("%v", told)
	}
}
