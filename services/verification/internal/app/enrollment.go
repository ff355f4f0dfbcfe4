package app

import (
	"context"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/verification/internal/domain"
)

// EnrollmentStore keeps what the student-record system has a part in.
type EnrollmentStore interface {
	// OpenDuties lists the open duties of a scope after a position.
	OpenDuties(ctx context.Context, scope domain.Scope, after Position, most int) ([]OpenDuty, error)
	// Place is the entry as far as verification knows it; outside of the scope it is
	// domain.ErrNotFound.
	Place(ctx context.Context, scope domain.Scope, entryID string) (domain.Entry, error)
	CompleteDuty(ctx context.Context, entry domain.Entry, author domain.Author, number string) (domain.WorkState, error)
	ReportStatus(ctx context.Context, entry domain.Entry, author domain.Author, r domain.StatusReport) error
}

// Enrollment are the use cases of the student-record system, within its scope.
type Enrollment struct {
	Store  EnrollmentStore
	Teller Teller
	// LookEvery is how long a duty may wait until a watcher hears of it.
	LookEvery time.Duration
	// Ending is closed when the process is asked to end: a watch would hold it up.
	Ending <-chan struct{}
}

// errEnding tells a watcher to come again.
var errEnding = fault.New(fault.Unavailable, "UNAVAILABLE", "服务正在重启，请稍后重新连接")

// OpenDuties lists open duties.
func (u Enrollment) OpenDuties(ctx context.Context, scope domain.Scope, after Position, most int) ([]OpenDuty, error) {
	return u.Store.OpenDuties(ctx, scope, after, most)
}

// ConfirmRecord closes a duty with the record's number.
func (u Enrollment) ConfirmRecord(ctx context.Context, scope domain.Scope, author domain.Author, entryID, number string) error {
	entry, err := u.Store.Place(ctx, scope, entryID)
	if err != nil {
		return err
	}
	if err := domain.CheckRecordNumber(number); err != nil {
		return err
	}
	state, err := u.Store.CompleteDuty(ctx, entry, author, number)
	if err == nil {
		u.Teller.Changed(ctx, state)
	}
	return err
}

// ReportStatus keeps what the student-record system says of a child. It changes no
// outcome: a clerk decides.
func (u Enrollment) ReportStatus(ctx context.Context, scope domain.Scope, author domain.Author, entryID string, r domain.StatusReport) error {
	entry, err := u.Store.Place(ctx, scope, entryID)
	if err != nil {
		return err
	}
	return u.Store.ReportStatus(ctx, entry, author, r)
}

const watchPage = 200

// Watch hands over every open duty, calls caughtUp, then hands over each that opens, until the context
// or the process ends or a callback fails. It looks into the database now and then, since a duty may be
// opened by another process.
func (u Enrollment) Watch(ctx context.Context, scope domain.Scope, give func(OpenDuty) error, caughtUp func() error) error {
	ticker := time.NewTicker(u.LookEvery)
	defer ticker.Stop()
	given := map[string]OpenDuty{}
	for first := true; ; first = false {
		open := map[string]OpenDuty{}
		for after := (Position{}); ; {
			page, err := u.Store.OpenDuties(ctx, scope, after, watchPage)
			if err != nil {
				return err
			}
			for _, d := range page {
				open[d.EntryID] = d
				if before, ok := given[d.EntryID]; ok && before.Duty == d.Duty && before.Due == d.Due {
					continue
				}
				if err := give(d); err != nil {
					return err
				}
			}
			if len(page) < watchPage {
				break
			}
			last := page[len(page)-1]
			after = Position{Day: last.Due, EntryID: last.EntryID}
		}
		given = open
		if first {
			if err := caughtUp(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-u.Ending:
			return errEnding
		case <-ticker.C:
		}
	}
}
