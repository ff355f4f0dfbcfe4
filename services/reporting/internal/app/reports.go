package app

import (
	"context"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/domain"
)

// ReportStore keeps the counties' zero reports.
type ReportStore interface {
	// ConfirmZero stores a county's word. The same again changes nothing.
	ConfirmZero(ctx context.Context, m domain.Month, county, authorID, author string) error
	ZeroReports(ctx context.Context, m domain.Month) ([]domain.ZeroReport, error)
}

// Reports are the use cases of 报送.
type Reports struct {
	Store ReportStore
	Show  Show
}

// ConfirmZero records that the caller's county has nothing to report of a month that is not
// closed yet.
func (u Reports) ConfirmZero(ctx context.Context, scope Scope, month, authorID, author string) error {
	m, rows, closed, err := u.figures(ctx, scope, month)
	if err != nil {
		return err
	}
	if closed {
		return fault.New(fault.Precondition, "MONTH_ALREADY_CLOSED", "该月份已结账，不能再报送")
	}
	for i := range rows {
		if r := rows[i]; r.Region.Code == scope.Region && r.Source == domain.AllSources {
			if err := domain.MayConfirmZero(r); err != nil {
				return err
			}
			return u.Store.ConfirmZero(ctx, m, scope.Region, authorID, author)
		}
	}
	return noRegion()
}

// List tells for every county that the caller sees whether it has reported.
func (u Reports) List(ctx context.Context, scope Scope, month string) ([]domain.CountyReport, error) {
	m, rows, _, err := u.figures(ctx, scope, month)
	if err != nil {
		return nil, err
	}
	zeros, err := u.Store.ZeroReports(ctx, m)
	if err != nil {
		return nil, err
	}
	return domain.CountyReports(rows, zeros), nil
}

// figures are those of the month as far as it has gone; of a closed one those that were
// closed, whatever arrived since.
func (u Reports) figures(ctx context.Context, scope Scope, month string) (m domain.Month, rows []domain.Row, closed bool, err error) {
	if m, err = domain.ParseMonth(month); err != nil {
		return m, nil, false, err
	}
	cutoff, state, err := m.Cutoff(u.Show.Now())
	if err != nil {
		return m, nil, false, err
	}
	snapshot, err := u.Show.Store.Snapshot(ctx, m)
	if err != nil && !fault.Is(err, "MONTH_NOT_CLOSED") {
		return m, nil, false, err
	}
	closed = err == nil && snapshot.State == domain.Closed
	var table []domain.Row
	switch {
	case closed:
		table = snapshot.Rows
	case state == domain.Interim:
		table, _, err = u.Show.Live.Table(ctx, cutoff)
	default:
		table, err = u.asOf(ctx, m, cutoff)
	}
	if err != nil {
		return m, nil, closed, err
	}
	rows, err = within(table, scope, "")
	return m, rows, closed, err
}

// asOf counts a month that is over and not closed yet.
func (u Reports) asOf(ctx context.Context, m domain.Month, cutoff time.Time) ([]domain.Row, error) {
	regions, err := u.Show.Divisions.AsOf(ctx, cutoff.Add(-time.Microsecond))
	if err != nil {
		return nil, err
	}
	buckets, err := u.Show.Store.Buckets(ctx, AsOfCutoff(m.Start(), cutoff))
	if err != nil {
		return nil, err
	}
	return domain.Table(buckets, regions)
}
