package store_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

const (
	// children of the load, each with changes through all the months.
	loadChildren = 200
	loadSeed     = 20190731
)

// tenMonths begin with July 2019.
func tenMonths(t *testing.T) []domain.Month {
	t.Helper()
	months := []domain.Month{july}
	for len(months) < 10 {
		next, err := domain.ParseMonth(months[len(months)-1].End().In(domain.Shanghai).Format("2006-01"))
		if err != nil {
			t.Fatal(err)
		}
		months = append(months, next)
	}
	return months
}

// through draws what happens to the children over months, in the order in which it happens. Of
// every child something happens within a microsecond of some month's end.
func through(random *rand.Rand, from, to time.Time, ends []time.Time) (facts []fact) {
	pick := func(codes ...string) string { return codes[random.IntN(len(codes))] }
	instants := func(most int) []time.Time {
		times := []time.Time{ends[random.IntN(len(ends))].Add(time.Duration(random.IntN(3)-1) * time.Microsecond)}
		for range random.IntN(most) {
			times = append(times, from.Add(time.Duration(random.Int64N(int64(to.Sub(from)))).Truncate(time.Microsecond)))
		}
		slices.SortFunc(times, time.Time.Compare)
		return times
	}
	for n := range loadChildren {
		for i, at := range instants(4) {
			facts = append(facts, fact{Routing: &app.Routing{
				EntryID: entryID(n), Version: int64(i + 1), County: pick("330106", "330105", ""), Source: domain.Source(random.IntN(4)), At: at,
			}})
		}
		for i, at := range instants(8) {
			facts = append(facts, fact{Outcome: &app.Outcome{EntryID: entryID(n), Revision: int64(i + 1), Code: pick("99", "A1", "A8", "B2", "B3", "B10"), At: at}})
		}
		for i, at := range instants(8) {
			facts = append(facts, fact{Work: &app.Work{EntryID: entryID(n), Version: int64(i + 1), GivenBack: random.IntN(2) == 0, DutyOpen: random.IntN(2) == 0, At: at}})
		}
	}
	slices.SortStableFunc(facts, func(a, b fact) int { return a.at().Compare(b.at()) })
	return facts
}

// load applies what happens, shuffled within a while and some of it twice, and tells until when all
// has been applied.
type load struct {
	mu      sync.Mutex
	until   time.Time
	changed chan struct{}
}

func (l *load) run(ctx context.Context, s app.FactStore, facts []fact, random *rand.Rand) error {
	const atOnce = 60
	for part := range slices.Chunk(facts, atOnce) {
		last := part[len(part)-1].at()
		part = append(slices.Clone(part), part[random.IntN(len(part))], facts[random.IntN(len(facts))])
		// One of them is from any time, also one that has not come yet: what is told again is not later.
		part = slices.DeleteFunc(part, func(f fact) bool { return f.at().After(last) })
		random.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
		for half := range slices.Chunk(part, atOnce/2) {
			if err := s.Apply(ctx, split(half)); err != nil {
				return err
			}
		}
		l.tell(last)
	}
	// Nothing comes any more.
	l.tell(facts[len(facts)-1].at().AddDate(1, 0, 0))
	return nil
}

func (l *load) tell(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = until
	close(l.changed)
	l.changed = make(chan struct{})
}

// upTo waits until all from before an instant has been applied.
type upTo struct {
	*load
	instant time.Time
}

// WaitApplied implements app.Applied.
func (u upTo) WaitApplied(ctx context.Context, _ uint64) error {
	for {
		u.mu.Lock()
		until, changed := u.until, u.changed
		u.mu.Unlock()
		if until.After(u.instant) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// publishedAt is a service's clock.
type publishedAt time.Time

// Watermark implements app.Watermark.
func (p publishedAt) Watermark(context.Context) (uint64, time.Time, error) {
	return 42, time.Time(p).Add(time.Hour), nil
}

// Ten months are closed in a row while the next are being lived through: each equals the ledger's
// truth as of its end, and all of them counted again from their events have the same digests.
func TestTenMonthsAreClosedWhileTheNextGoesOn(t *testing.T) {
	s, _ := open(t)
	ctx, months := testkit.Context(t), tenMonths(t)
	var ends []time.Time
	for _, m := range months {
		ends = append(ends, m.End())
	}
	random := rand.New(rand.NewPCG(loadSeed, 0)) //nolint:gosec // drawn, not guessed
	facts := through(random, july.Start(), ends[len(ends)-1].AddDate(0, 0, 20), ends)
	l := &load{changed: make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- l.run(ctx, s, facts, rand.New(rand.NewPCG(loadSeed, 1))) }() //nolint:gosec // as above
	var closed []app.Snapshot
	for _, m := range months {
		want := count(facts, m.Start(), m.End())
		c := closing(s, says(want...))
		c.Sources, c.Applied, c.Now = []app.Watermark{publishedAt(m.End())}, upTo{l, m.End()}, func() time.Time { return m.End().Add(time.Hour) }
		snapshot, err := c.Close(ctx, m.String(), "test")
		if err != nil {
			t.Fatalf("%s: %v", m, err)
		}
		rows, err := domain.Table(want, divisionsOf(t))
		if diff := cmp.Diff(rows, snapshot.Rows); diff != "" || err != nil {
			t.Fatalf("%s: %v, -want +got\n%s", m, err, diff)
		}
		closed = append(closed, snapshot)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	random.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
	recounts, err := rerunning(s, slices.Collect(slices.Chunk(facts, 500))...).Months(ctx)
	if err != nil || len(recounts) != len(months) {
		t.Fatalf("%d recounts, %v", len(recounts), err)
	}
	for _, r := range recounts {
		i := slices.IndexFunc(closed, func(c app.Snapshot) bool { return c.Number == r.Snapshot.Number })
		if i < 0 || !r.Equal() || r.Stored != closed[i].Digest {
			t.Errorf("%s: %+v", r.Snapshot.Month, r)
		}
	}
}
