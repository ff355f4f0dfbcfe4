package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store"
)

// Two children of two counties, one of the province's queue.
func threeChildren(t *testing.T, s *store.Store) truthFunc {
	t.Helper()
	apply(t, s, []app.Routing{
		routed(1, 1, "330106", july.Start()), routed(2, 1, "330105", july.Start()), routed(3, 1, "", july.Start()),
	}, []app.Outcome{found(1, 1, "A1", july.Start()), found(1, 2, "B2", july.Start()), found(2, 1, "99", july.Start())})
	return says(
		domain.Bucket{County: "330106", Source: 1, Code: "B2", Entries: 1},
		domain.Bucket{County: "330105", Source: 1, Code: "99", Entries: 1},
		domain.Bucket{Source: 1, Entries: 1},
	)
}

func closeJuly(t *testing.T, c app.Closing) app.Snapshot {
	t.Helper()
	snapshot, err := c.Close(testkit.Context(t), "2019-07", "test")
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// same compares all but the time's zone, which the database does not keep.
func same(t *testing.T, what string, want, got app.Snapshot) {
	t.Helper()
	for _, s := range []*app.Snapshot{&want, &got} {
		s.Cutoff, s.CreatedAt = s.Cutoff.UTC(), s.CreatedAt.UTC()
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b domain.Month) bool { return a.String() == b.String() })); diff != "" {
		t.Errorf("%s: -want +got\n%s", what, diff)
	}
}

func stored(t *testing.T, pool *pgxpool.Pool) (snapshots int) {
	t.Helper()
	if err := pool.QueryRow(testkit.Context(t), "SELECT count(*) FROM snapshots").Scan(&snapshots); err != nil {
		t.Fatal(err)
	}
	return snapshots
}

func TestWhatIsClosedIsReadBackWhole(t *testing.T) {
	s, _ := open(t)
	snapshot := closeJuly(t, closing(s, threeChildren(t, s)))
	if snapshot.State != domain.Closed || !snapshot.Cutoff.Equal(july.End()) || snapshot.Author != "test" || snapshot.Sequence != 42 || snapshot.CreatedAt.IsZero() {
		t.Errorf("%+v", snapshot)
	}
	if len(snapshot.Rows) != 25 || snapshot.Rows[0].Total != 3 {
		t.Fatalf("%d rows", len(snapshot.Rows))
	}
	read, err := s.Snapshot(testkit.Context(t), july)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "read back", snapshot, read)
	if got := domain.Digest(read.Month, read.Cutoff, read.Definitions, read.Rows, nil); got != snapshot.Digest {
		t.Errorf("the stored rows have digest %s, the snapshot says %s", got, snapshot.Digest)
	}
}

// What reviews came to is closed with the figures, and under their digest; it cannot be changed after.
func TestReviewsAreClosedWithTheFigures(t *testing.T) {
	s, pool := open(t)
	c := closing(s, threeChildren(t, s))
	c.Reviews = reviewsFunc(func(cutoff time.Time) ([]domain.Reviewed, error) {
		if !cutoff.Equal(july.End()) {
			t.Errorf("reviews as of %s", cutoff)
		}
		return []domain.Reviewed{{County: "330106", Code: "B10", Decided: 2, Overturned: 1}, {County: "", Code: "B2", Decided: 1}}, nil
	})
	snapshot := closeJuly(t, c)
	read, err := s.Snapshot(testkit.Context(t), july)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(domain.InOrder(read.Reviews), domain.InOrder(snapshot.Reviews)) || len(read.Reviews) != 2 {
		t.Errorf("%+v are read back, want %+v", read.Reviews, snapshot.Reviews)
	}
	if got := domain.Digest(read.Month, read.Cutoff, read.Definitions, read.Rows, read.Reviews); got != snapshot.Digest {
		t.Errorf("what is stored has digest %s, the snapshot says %s", got, snapshot.Digest)
	}
	for _, change := range []string{
		"UPDATE snapshot_reviews SET overturned = 0", "DELETE FROM snapshot_reviews",
		"INSERT INTO snapshot_reviews SELECT number, '330102', 'B1', 1, 0 FROM snapshots",
	} {
		if _, err := pool.Exec(testkit.Context(t), change); err == nil {
			t.Errorf("%s: done", change)
		}
	}
}

// More returned than reviewed, or reviews of an A, are refused by the tables.
func TestReviewsThatCannotBeAreNotStored(t *testing.T) {
	for name, wrong := range map[string]domain.Reviewed{
		"more returned": {County: "330106", Code: "B1", Decided: 1, Overturned: 2}, "an A": {County: "330106", Code: "A1", Decided: 1},
		"nothing reviewed": {County: "330106", Code: "B1"},
	} {
		s, pool := open(t)
		c := closing(s, threeChildren(t, s))
		c.Reviews = decided(wrong)
		if _, err := c.Close(testkit.Context(t), "2019-07", "test"); err == nil || stored(t, pool) != 0 {
			t.Errorf("%s: stored, %v", name, err)
		}
	}
}

// What comes late changes the live figures, and no closed month.
func TestClosingAgainAnswersTheClosedSnapshot(t *testing.T) {
	s, pool := open(t)
	c := closing(s, threeChildren(t, s))
	first := closeJuly(t, c)
	apply(t, s, []app.Routing{routed(4, 1, "330106", july.End().Add(-time.Microsecond))}, nil)
	c.Truth = truthFunc(func(context.Context) ([]domain.Bucket, error) {
		t.Error("a closed month is counted again")
		return nil, nil
	})
	same(t, "closed again", first, closeJuly(t, c))
	if n := stored(t, pool); n != 1 {
		t.Errorf("%d snapshots", n)
	}
}

// All facts can be dropped and delivered again: the month closes to the same bytes.
func TestTheSameEventsInAnotherDatabaseGiveTheSameDigest(t *testing.T) {
	first, _ := open(t)
	snapshot := closeJuly(t, closing(first, threeChildren(t, first)))
	second, _ := open(t)
	apply(t, second, nil, []app.Outcome{found(2, 1, "99", july.Start()), found(1, 2, "B2", july.Start())})
	apply(t, second, []app.Routing{routed(3, 1, "", july.Start())}, nil)
	again := closeJuly(t, closing(second, threeChildren(t, second)))
	if again.Digest != snapshot.Digest {
		t.Errorf("%s, then %s", snapshot.Digest, again.Digest)
	}
}

func TestTheClosedSnapshotWinsOverInterimOnes(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	c := closing(s, threeChildren(t, s))
	end := c
	c.Now = func() time.Time { return july.End().Add(-time.Hour) }
	first, second := closeJuly(t, c), closeJuly(t, c)
	if first.State != domain.Interim || second.State != domain.Interim || second.Number <= first.Number {
		t.Fatalf("%+v, %+v", first, second)
	}
	if got, err := s.Snapshot(ctx, july); err != nil || got.Number != second.Number {
		t.Errorf("number %d, %v; want the newest interim %d", got.Number, err, second.Number)
	}
	closed := closeJuly(t, end)
	// An interim one that was under way at month-end can get a higher number.
	insert(t, s, app.Snapshot{Month: july, State: domain.Interim, Cutoff: second.Cutoff, Rows: second.Rows})
	if got, err := s.Snapshot(ctx, july); err != nil || got.Number != closed.Number {
		t.Errorf("number %d, %v; want the closed %d", got.Number, err, closed.Number)
	}
	list, err := s.Snapshots(ctx)
	if err != nil || len(list) != 1 || list[0].Number != closed.Number || list[0].State != domain.Closed {
		t.Errorf("%+v, %v", list, err)
	}
	if n := stored(t, pool); n != 4 {
		t.Errorf("%d snapshots", n)
	}
}

// The second of two machines is let in only when the first is done, and answers
// what that one stored.
func TestASecondMachineWaitsForTheFirst(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	other, _ := connect(t, pool.Config().ConnString())
	truth := threeChildren(t, s)
	inside, second := make(chan struct{}), make(chan app.Snapshot, 1)
	var group errgroup.Group
	group.Go(func() error {
		<-inside
		snapshot, err := closing(other, truth).Close(ctx, "2019-07", "second")
		second <- snapshot
		return err
	})
	var answered app.Snapshot
	first := closeJuly(t, closing(s, func(ctx context.Context) ([]domain.Bucket, error) {
		close(inside)
		for waiting := false; !waiting; {
			select {
			case answered = <-second:
				t.Error("the second did not wait")
				return truth(ctx)
			default:
			}
			const blocked = `SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
				WHERE NOT l.granted AND a.datname = current_database())`
			if err := pool.QueryRow(ctx, blocked).Scan(&waiting); err != nil {
				return nil, err
			}
		}
		return truth(ctx)
	}))
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if !t.Failed() {
		answered = <-second
	}
	same(t, "the second machine's answer", first, answered)
	if n := stored(t, pool); n != 1 {
		t.Errorf("%d snapshots", n)
	}
}

func TestManyClosesAtOnceGiveOneSnapshot(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	truth := threeChildren(t, s)
	answers := make([]app.Snapshot, 8)
	var group errgroup.Group
	for i := range answers {
		group.Go(func() (err error) {
			answers[i], err = closing(s, truth).Close(ctx, "2019-07", "test")
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, a := range answers[1:] {
		same(t, "one of many", answers[0], a)
	}
	if n := stored(t, pool); n != 1 || answers[0].State != domain.Closed {
		t.Errorf("%d snapshots, %s", n, answers[0].State)
	}
}

// Those who wait are told where a close is and how it ended; of a failure, what to do.
func TestACloseTellsHowFarItIs(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	c := closing(s, threeChildren(t, s))
	if _, err := c.Run(ctx, "2019-07"); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("before any: %v", err)
	}
	truth := c.Truth
	c.Truth = truthFunc(func(ctx context.Context) ([]domain.Bucket, error) {
		if run, err := c.Run(ctx, "2019-07"); err != nil || run.Step != domain.Counting || run.Author != "省厅" {
			t.Errorf("while the ledger counts: %+v, %v", run, err)
		}
		return nil, nil
	})
	if _, err := c.Close(ctx, "2019-07", "省厅"); !fault.Is(err, "RECONCILIATION_FAILED") {
		t.Fatal(err)
	}
	run, err := c.Run(ctx, "2019-07")
	if err != nil || run.Step != domain.Failed || run.Reason != "RECONCILIATION_FAILED" || !strings.Contains(run.Message, "month rebuild --check") {
		t.Errorf("%+v, %v", run, err)
	}
	// What nobody classified tells nobody its cause.
	c.Truth = truthFunc(func(context.Context) ([]domain.Bucket, error) { return nil, errors.New("the password is x") })
	if _, err := c.Close(ctx, "2019-07", "省厅"); err == nil {
		t.Fatal("closed")
	}
	if run, err = c.Run(ctx, "2019-07"); err != nil || run.Reason != "INTERNAL" || strings.Contains(run.Message, "password") {
		t.Errorf("%+v, %v", run, err)
	}
	c.Truth = truth
	if _, err := c.Close(ctx, "2019-07", "省厅"); err != nil {
		t.Fatal(err)
	}
	if run, err = c.Run(ctx, "2019-07"); err != nil || run.Step != domain.Done || run.Message != "" {
		t.Errorf("%+v, %v", run, err)
	}
}

// An event that could not be applied is in no figure: the close names what to do.
func TestACloseIsRefusedWhileEventsAreNotApplied(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	c := closing(s, threeChildren(t, s))
	c.Buried = buried(2)
	_, err := c.Close(ctx, "2019-07", "test")
	if f := fault.As(err); f == nil || f.Reason != "EVENTS_BEHIND" || !strings.Contains(f.Message, "2 条") ||
		!strings.Contains(f.Message, "baoxuectl events replay --service reporting") {
		t.Fatalf("got %v", err)
	}
	if run, err := c.Run(ctx, "2019-07"); err != nil || run.Step != domain.Failed || !strings.Contains(run.Message, "baoxuectl events") {
		t.Errorf("%+v, %v", run, err)
	}
	c.Buried = buried(0)
	if _, err := c.Close(ctx, "2019-07", "test"); err != nil {
		t.Error(err)
	}
}

// A fact that was changed or removed behind reporting's back is a difference, or a hole.
func TestACloseNoticesFalsifiedFacts(t *testing.T) {
	for statement, want := range map[string]string{
		"UPDATE entry_outcomes SET code = 'A2' WHERE revision = 2":           "RECONCILIATION_FAILED",
		"UPDATE entry_routings SET county_code = '330106' WHERE version = 1": "RECONCILIATION_FAILED",
		"DELETE FROM entry_routings":                                         "RECONCILIATION_FAILED",
		"DELETE FROM entry_outcomes WHERE revision = 1 AND code = 'A1'":      "EVENTS_BEHIND",
	} {
		s, pool := open(t)
		ctx := testkit.Context(t)
		c := closing(s, threeChildren(t, s))
		if _, err := pool.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Close(ctx, "2019-07", "test"); !fault.Is(err, want) {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
