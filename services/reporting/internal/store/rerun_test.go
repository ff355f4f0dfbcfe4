package store_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/testkit"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/events"
	"baoxue.internal/services/reporting/internal/store"
)

// rerunning replays the facts in batches, all before the first stop.
func rerunning(s *store.Store, replayed ...[]fact) app.Rerun {
	return app.Rerun{Store: s, Divisions: hangzhou{}, Log: slog.New(slog.DiscardHandler), Replay: func(ctx context.Context, to app.FactStore, stops []uint64, reached func(uint64) error) error {
		for _, batch := range replayed {
			if err := to.Apply(ctx, split(batch)); err != nil {
				return err
			}
		}
		for _, stop := range stops {
			if err := reached(stop); err != nil {
				return err
			}
		}
		return nil
	}}
}

// recorded is a stream whose events came one after the other.
type recorded []bus.Event

// ReplayAfter implements events.Stream.
func (r recorded) ReplayAfter(ctx context.Context, after uint64, batch int, handle bus.Handler) (uint64, error) {
	return uint64(len(r)), r[after:].Replay(ctx, batch, handle)
}

// Replay implements events.Stream.
func (r recorded) Replay(ctx context.Context, batch int, handle bus.Handler) error {
	for part := range slices.Chunk(r, batch) {
		if err := handle(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// What arrived after a close is a correction's: the close counted again is as it was signed,
// wherever the batches are cut.
func TestARerunCountsWhatWasThereAtTheClose(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	stream := recorded{}
	tell := func(kind string, body proto.Message) {
		data, err := proto.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		e := bus.Event{ID: kind, Type: "baoxue.event.v1." + kind, Sequence: uint64(len(stream) + 1), Data: data}
		stream = append(stream, e)
		if err := events.Facts(s)(ctx, []bus.Event{e}); err != nil {
			t.Fatal(err)
		}
	}
	in := timestamppb.New(july.Start())
	tell("EntryRouted", &eventv1.EntryRouted{EntryId: entryID(1), Version: 1, CountyCode: "330106", Source: 1, OccurTime: in})
	c := closing(s, says(domain.Bucket{County: "330106", Source: 1, Entries: 1}))
	c.Sources = []app.Watermark{published(1)}
	closed := closeJuly(t, c)
	tell("OutcomeChanged", &eventv1.OutcomeChanged{EntryId: entryID(1), Revision: 1, Code: "A1", OccurTime: in})
	tell("OutcomeChanged", &eventv1.OutcomeChanged{EntryId: entryID(1), Revision: 2, Code: "B2", OccurTime: in})
	// The correction is counted from what had arrived until then, and not from what came after.
	c.Truth, c.Sources = says(domain.Bucket{County: "330106", Source: 1, Code: "B2", Entries: 1}), []app.Watermark{published(3)}
	correction, err := c.Correct(ctx, "2019-07", "迟到的核查", "省厅")
	if err != nil {
		t.Fatal(err)
	}
	tell("OutcomeChanged", &eventv1.OutcomeChanged{EntryId: entryID(1), Revision: 3, Code: "B3", OccurTime: in})
	for batch := 1; batch <= 5; batch++ {
		u := app.Rerun{Store: s, Divisions: hangzhou{}, Log: slog.New(slog.DiscardHandler), Replay: events.Replay(stream, batch)}
		recounts, err := u.Months(ctx)
		if err != nil || len(recounts) != 2 || !recounts[0].Equal() || recounts[0].Snapshot.Number != closed.Number ||
			!recounts[1].Equal() || recounts[1].Correction != correction.Number || recounts[1].Stored != correction.Digest || correction.Digest == closed.Digest {
			t.Errorf("in batches of %d: %+v, %v", batch, recounts, err)
		}
	}
}

// DOMAIN §4: re-running any past month from the events gives the same bytes. The live
// facts have no part in it, and stay as they are.
func TestARerunGivesTheSameDigest(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	// Interim ones can be made again and again.
	cutoff := july.End().Add(-time.Microsecond)
	rapid.Check(t, func(rt *rapid.T) {
		empty(rt, pool)
		var facts []fact
		for entry := range rapid.IntRange(1, 6).Draw(rt, "entries") {
			facts = append(facts, complete(history(rt, entry))...)
		}
		applyAll(t, s, split(facts))
		c := closing(s, says(count(facts, july.Start(), cutoff)...))
		c.Now = func() time.Time { return cutoff }
		// No event tells of reviews: they are those of the close.
		c.Reviews = decided(domain.Reviewed{County: "330106", Code: "B2", Decided: 3, Overturned: 1})
		snapshot := closeJuly(t, c)
		if _, err := pool.Exec(ctx, "DELETE FROM entry_outcomes"); err != nil {
			rt.Fatal(err)
		}
		recounts, err := rerunning(s, batches(rt, rapid.Permutation(facts).Draw(rt, "delivered"))...).Months(ctx)
		if err != nil || len(recounts) != 1 || !recounts[0].Equal() || recounts[0].Snapshot.Number != snapshot.Number {
			rt.Errorf("%+v, %v", recounts, err)
		}
		var outcomes int
		if err := pool.QueryRow(ctx, "SELECT count(*) FROM entry_outcomes").Scan(&outcomes); err != nil || outcomes != 0 {
			rt.Errorf("the rerun wrote %d live outcomes, %v", outcomes, err)
		}
	})
}

// complete leaves what a ledger can have: a child found closed has a B finding, since
// the work changes with it.
func complete(facts []fact) []fact {
	whole := facts[:0:0]
	for _, f := range facts {
		if f.Work != nil {
			w := *f.Work
			w.Closed = false
			f.Work = &w
		}
		whole = append(whole, f)
	}
	return whole
}

// An event that is missing in the stream, or one too many, is told.
func TestARerunNamesTheMonthThatDiffers(t *testing.T) {
	s, _ := open(t)
	snapshot := workedJuly(t, s)
	recounts, err := rerunning(s, []fact{{Routing: &app.Routing{EntryID: entryID(1), Version: 1, County: "330106", Source: 1, At: july.Start()}}}).Months(testkit.Context(t))
	if err != nil || len(recounts) != 1 || recounts[0].Equal() || recounts[0].Snapshot.Digest != snapshot.Digest {
		t.Errorf("%+v, %v", recounts, err)
	}
	if recounts[0].Snapshot.Definitions != domain.CurrentDefinitions {
		t.Errorf("definitions %d", recounts[0].Snapshot.Definitions)
	}
}
