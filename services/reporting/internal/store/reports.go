package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store/db"
)

// ConfirmZero implements app.ReportStore.
func (s *Store) ConfirmZero(ctx context.Context, m domain.Month, county, authorID, author string) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		stored, err := db.New(tx).InsertZeroReport(ctx, db.InsertZeroReportParams{
			Month: m.String(), CountyCode: county, AuthorID: authorID, Author: author,
		})
		if err != nil || stored == 0 {
			return err
		}
		return audit.Append(ctx, tx, audit.Record{Action: "month.zero_report", ResourceType: "month", ResourceID: m.String(), Region: county})
	})
	if err != nil {
		return fmt.Errorf("zero report of %s for %s: %w", county, m, err)
	}
	return nil
}

// ZeroReports implements app.ReportStore.
func (s *Store) ZeroReports(ctx context.Context, m domain.Month) ([]domain.ZeroReport, error) {
	rows, err := db.New(s.pool).ListZeroReports(ctx, m.String())
	if err != nil {
		return nil, fmt.Errorf("zero reports for %s: %w", m, err)
	}
	reports := make([]domain.ZeroReport, len(rows))
	for i, r := range rows {
		reports[i] = domain.ZeroReport{County: r.CountyCode, Author: r.Author, At: r.CreatedAt}
	}
	return reports, nil
}

// Corrections implements app.ShowStore.
func (s *Store) Corrections(ctx context.Context, m domain.Month) ([]domain.Correction, error) {
	return corrections(ctx, db.New(s.pool), m)
}

// Corrections implements app.MonthTx.
func (t monthTx) Corrections(ctx context.Context) ([]domain.Correction, error) {
	return corrections(ctx, t.q, t.month)
}

func corrections(ctx context.Context, q *db.Queries, m domain.Month) ([]domain.Correction, error) {
	rows, err := q.ListCorrections(ctx, m.String())
	if err != nil {
		return nil, fmt.Errorf("corrections of %s: %w", m, err)
	}
	differences, err := q.ListCorrectionRows(ctx, m.String())
	if err != nil {
		return nil, fmt.Errorf("corrections of %s: %w", m, err)
	}
	found := make([]domain.Correction, len(rows))
	for i, r := range rows {
		found[i] = correctionOf(r)
	}
	for _, d := range differences {
		c := &found[d.Number-1]
		c.Differences = append(c.Differences, domain.Difference{
			Region: domain.Region{Code: d.RegionCode, Name: d.RegionName, Parent: d.ParentCode}, Source: domain.Source(d.Source),
			Figure: d.Figure, Before: d.Before, After: d.After,
		})
	}
	return found, nil
}

func correctionOf(r db.Correction) domain.Correction {
	return domain.Correction{
		Number: int(r.Number), Snapshot: r.Snapshot, Digest: r.Digest, Sequence: uint64(r.StreamSequence),
		Reason: r.Reason, Author: r.Author, At: r.CreatedAt,
	}
}

// InsertCorrection implements app.MonthTx.
func (t monthTx) InsertCorrection(ctx context.Context, c domain.Correction) (domain.Correction, error) {
	month := t.month.String()
	row, err := t.q.InsertCorrection(ctx, db.InsertCorrectionParams{
		Month: month, Number: int32(c.Number), Snapshot: c.Snapshot, Digest: c.Digest, StreamSequence: int64(c.Sequence),
		Reason: c.Reason, Author: c.Author,
	})
	if err != nil {
		return c, err
	}
	params := make([]db.InsertCorrectionRowsParams, len(c.Differences))
	for i, d := range c.Differences {
		params[i] = db.InsertCorrectionRowsParams{
			Month: month, Number: row.Number, Position: int32(i + 1), RegionCode: d.Region.Code, RegionName: d.Region.Name,
			ParentCode: d.Region.Parent, Source: int16(d.Source), Figure: d.Figure, Before: d.Before, After: d.After,
		}
	}
	if _, err := t.q.InsertCorrectionRows(ctx, params); err != nil {
		return c, err
	}
	stored := correctionOf(row)
	stored.Differences = c.Differences
	return stored, audit.Append(ctx, t.tx, audit.Record{
		Action: "month.correct", ResourceType: "month", ResourceID: month, Reason: c.Reason,
		Details: map[string]string{"number": strconv.Itoa(c.Number), "differences": strconv.Itoa(len(c.Differences)), "digest": c.Digest},
	})
}
