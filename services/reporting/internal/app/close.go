package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/domain"
)

// Snapshot is the stored result of closing a month.
type Snapshot struct {
	Number    int64
	Month     domain.Month
	State     domain.State
	Cutoff    time.Time
	Digest    string
	Sequence  uint64
	Author    string
	CreatedAt time.Time
	// Definitions of the columns by which it was made.
	Definitions int
	Rows        []domain.Row
	// Reviews are by county and code; none before ReviewDefinitions.
	Reviews []domain.Reviewed
}

// ClosingStore stores snapshots.
type ClosingStore interface {
	// WithMonth runs fn while no other close of the month runs, on any machine,
	// and commits what it stored.
	WithMonth(ctx context.Context, m domain.Month, fn func(MonthTx) error) error
}

// MonthTx is the transaction of one close.
type MonthTx interface {
	// Buckets are those as of an instant; gaps counts, by county, the entries whose history
	// before it misses an event.
	Buckets(ctx context.Context, asOf AsOf) (buckets []domain.Bucket, gaps map[string]int64, err error)
	// Freeze is Buckets, and keeps which entries are in them for the snapshot that is inserted.
	Freeze(ctx context.Context, asOf AsOf) (buckets []domain.Bucket, gaps map[string]int64, err error)
	// Closed returns the month's final snapshot, if there is one.
	Closed(ctx context.Context) (Snapshot, bool, error)
	Insert(ctx context.Context, s Snapshot) (Snapshot, error)
	// Corrections are the month's so far.
	Corrections(ctx context.Context) ([]domain.Correction, error)
	InsertCorrection(ctx context.Context, c domain.Correction) (domain.Correction, error)
}

// Watermark is a source of events, asked how far it has published.
type Watermark interface {
	// Watermark waits until all that happened before the call is committed and
	// published. asOf is the source's clock before the wait.
	Watermark(ctx context.Context) (sequence uint64, asOf time.Time, err error)
}

// Truth is the ledger's own count.
type Truth interface {
	CountAsOf(ctx context.Context, cutoff time.Time, sequence uint64) ([]domain.Bucket, error)
}

// Reviews is verification's count of what reviews came to.
type Reviews interface {
	// ReviewsAsOf are those decided before a cut-off.
	ReviewsAsOf(ctx context.Context, cutoff time.Time) ([]domain.Reviewed, error)
}

// Applied waits until reporting has applied the events up to a position.
type Applied interface {
	WaitApplied(ctx context.Context, sequence uint64) error
}

// Buried counts the events up to a position that reporting could not apply.
type Buried interface {
	Count(ctx context.Context, sequence uint64) (int, error)
}

// Closing closes months.
type Closing struct {
	Store     ClosingStore
	Runs      ClosingRuns
	Sources   []Watermark
	Truth     Truth
	Reviews   Reviews
	Applied   Applied
	Buried    Buried
	Divisions Divisions
	Now       func() time.Time
	Log       *slog.Logger
}

// A close gives its events this long to arrive.
const eventsWithin = 2 * time.Minute

// Another machine's clock may be behind ours by a little; more is worth a refusal.
const clockWithin = 5 * time.Second

// Close computes, reconciles and stores the month's figures.
func (u Closing) Close(ctx context.Context, month, author string) (Snapshot, error) {
	m, err := domain.ParseMonth(month)
	if err != nil {
		return Snapshot{}, err
	}
	cutoff, state, err := m.Cutoff(u.Now())
	if err != nil {
		return Snapshot{}, err
	}
	var snapshot Snapshot
	var begun run
	err = u.Store.WithMonth(ctx, m, func(tx MonthTx) error {
		closed, ok, err := tx.Closed(ctx)
		if err != nil || ok {
			snapshot = closed
			return err
		}
		// Only who has the month's turn tells of it.
		begun = u.begin(ctx, m, author)
		sequence, err := u.caughtUp(ctx, cutoff)
		if err != nil {
			return err
		}
		begun.step(ctx, domain.Counting)
		table, err := u.figures(ctx, tx.Freeze, m, cutoff, sequence)
		if err != nil {
			return err
		}
		reviews, err := u.Reviews.ReviewsAsOf(ctx, cutoff)
		if err != nil {
			return err
		}
		begun.step(ctx, domain.Storing)
		snapshot, err = tx.Insert(ctx, Snapshot{
			Month: m, State: state, Cutoff: cutoff, Digest: domain.Digest(m, cutoff, domain.CurrentDefinitions, table, reviews),
			Sequence: sequence, Author: author, Definitions: domain.CurrentDefinitions, Rows: table, Reviews: reviews,
		})
		return err
	})
	if begun.runs != nil {
		begun.end(ctx, err)
	}
	if err != nil {
		return Snapshot{}, err
	}
	u.Log.InfoContext(ctx, "month closed", "month", month, "state", snapshot.State, "number", snapshot.Number, "digest", snapshot.Digest)
	return snapshot, nil
}

// caughtUp waits until everything from before the cut-off is committed,
// published and applied here, and returns the stream position.
func (u Closing) caughtUp(ctx context.Context, cutoff time.Time) (sequence uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, eventsWithin)
	defer cancel()
	for _, source := range u.Sources {
		position, err := watermarkAfter(ctx, source, cutoff)
		if err != nil {
			return 0, behind(err)
		}
		sequence = max(sequence, position)
	}
	if err := u.Applied.WaitApplied(ctx, sequence); err != nil {
		return 0, behind(err)
	}
	buried, err := u.Buried.Count(ctx, sequence)
	if err != nil {
		return 0, err
	}
	if buried > 0 {
		u.Log.ErrorContext(ctx, "month not closed: events could not be applied, look at the dead letters", "dead_letters", buried)
		return 0, fault.Newf(fault.Precondition, "EVENTS_BEHIND",
			"有 %d 条变更事件未能计入（死信），未生成月报；请运维人员用 baoxuectl events dead --service reporting 查明原因，"+
				"修复后执行 baoxuectl events replay --service reporting，再重新汇总", buried)
	}
	return sequence, nil
}

// watermarkAfter asks until the source's own clock has passed the cut-off: only
// then can nothing from before it happen any more.
func watermarkAfter(ctx context.Context, source Watermark, cutoff time.Time) (uint64, error) {
	for {
		position, asOf, err := source.Watermark(ctx)
		if err != nil {
			return 0, err
		}
		lag := cutoff.Sub(asOf)
		if lag <= 0 {
			return position, nil
		}
		if lag > clockWithin {
			return 0, fault.Newf(fault.Precondition, "EVENTS_BEHIND", "数据库时钟比服务器慢 %s，请先校准时钟再汇总", lag.Round(time.Second))
		}
		timer := time.NewTimer(lag)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return 0, ctx.Err()
		}
	}
}

func behind(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || fault.Is(err, "DEADLINE_EXCEEDED") {
		return fault.New(fault.Unavailable, "EVENTS_BEHIND",
			"截止时点之前的变更尚未全部到达，未生成月报；请稍后重试，若仍失败请运维人员检查消息队列与各服务").Because(err)
	}
	return err
}

// counting is how a transaction counts as of an instant.
type counting func(ctx context.Context, asOf AsOf) (buckets []domain.Bucket, gaps map[string]int64, err error)

func (u Closing) figures(ctx context.Context, count counting, m domain.Month, cutoff time.Time, sequence uint64) ([]domain.Row, error) {
	// The month's own divisions: those of its last instant.
	regions, err := u.Divisions.AsOf(ctx, cutoff.Add(-time.Microsecond))
	if err != nil {
		return nil, err
	}
	truth, err := u.Truth.CountAsOf(ctx, cutoff, sequence)
	if err != nil {
		return nil, err
	}
	buckets, gaps, err := count(ctx, AsOfCutoff(m.Start(), cutoff))
	if err != nil {
		return nil, err
	}
	names := map[string]string{"": domain.Queue.Name}
	for _, r := range regions {
		names[r.Code] = r.Name
	}
	nameOf := func(county string) string { return names[county] }
	if err := domain.Reconcile(buckets, truth, nameOf); err != nil {
		u.Log.ErrorContext(ctx, "month not closed: figures differ from the ledger", "month", m.String(), "error", err)
		return nil, err
	}
	if err := domain.Complete(gaps, nameOf); err != nil {
		u.Log.ErrorContext(ctx, "month not closed: events are missing", "month", m.String(), "error", err)
		return nil, err
	}
	return domain.Table(buckets, regions)
}
