package app

import (
	"cmp"
	"context"
	"strconv"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/domain"
)

// Cell is one cell of a snapshot's table.
type Cell struct {
	Month  string
	Number int64
	// Region of the row; empty means the caller's own.
	Region string
	// Source of the row: domain.AllSources for the one over all.
	Source domain.Source
	// Figure is the column's key.
	Figure string
}

// CellEntry is a child behind a cell, as of the snapshot's cut-off.
type CellEntry struct {
	ID, County, Code string
	Source           domain.Source
	// MaskedName is empty when the caller may not see the child now.
	MaskedName string
}

// CellPage is a part of the list behind a cell.
type CellPage struct {
	Entries []CellEntry
	// Total is the cell's figure.
	Total int64
	// NextToken is empty on the last page.
	NextToken string
}

// CellStore reads what a close froze.
type CellStore interface {
	SnapshotNumber(ctx context.Context, number int64) (Snapshot, error)
	// FrozenCohorts lists the cohorts without their ids, in a fixed order.
	FrozenCohorts(ctx context.Context, number int64) ([]domain.Bucket, error)
	// FrozenEntries are ids of a cohort, from one position up to before another; the
	// first position is 0.
	FrozenEntries(ctx context.Context, number int64, cohort domain.Bucket, from, to int64) ([]string, error)
}

// Names tells the names of the entries that the caller may see, masked.
type Names interface {
	MaskedNames(ctx context.Context, entryIDs []string) (map[string]string, error)
}

// Cells lists the children behind the cells of snapshots.
type Cells struct {
	Store CellStore
	Names Names
}

// List returns a page of at most size children.
func (u Cells) List(ctx context.Context, scope Scope, cell Cell, size int, token string) (CellPage, error) {
	figure, ok := domain.FigureOf(cell.Figure)
	if !ok || figure.Kind != domain.CountFigure {
		return CellPage{}, fault.FromViolations("INVALID_REQUEST", "该列没有对应的名单", []fault.Violation{
			{Field: "figure", Reason: "INVALID_REQUEST", Message: "请选择一个计数列"},
		})
	}
	skip, err := parseOffset(token)
	if err != nil {
		return CellPage{}, err
	}
	snapshot, err := u.Store.SnapshotNumber(ctx, cell.Number)
	if err != nil {
		return CellPage{}, err
	}
	if snapshot.Month.String() != cell.Month || figure.Since > snapshot.Definitions {
		return CellPage{}, fault.New(fault.NotFound, "NOT_FOUND", "该期汇总没有这一数据")
	}
	region := cell.Region
	if region == "" {
		region = scope.Region
	}
	if rows, err := within(snapshot.Rows, scope, region); err != nil || len(rows) == 0 {
		return CellPage{}, cmp.Or(err, noRegion())
	}
	cohorts, err := u.Store.FrozenCohorts(ctx, cell.Number)
	if err != nil {
		return CellPage{}, err
	}
	inside := membership(snapshot.Rows, region)
	var page CellPage
	for _, c := range cohorts {
		if !figure.Counts(c) || !inside(c.County) || cell.Source != domain.AllSources && c.Source != cell.Source {
			continue
		}
		first := max(skip-page.Total, 0)
		last := min(c.Entries, first+int64(size-len(page.Entries)))
		page.Total += c.Entries
		if first >= last {
			continue
		}
		ids, err := u.Store.FrozenEntries(ctx, cell.Number, c, first, last)
		if err != nil {
			return CellPage{}, err
		}
		for _, id := range ids {
			page.Entries = append(page.Entries, CellEntry{ID: id, County: c.County, Code: c.Code, Source: c.Source})
		}
	}
	if next := skip + int64(len(page.Entries)); next < page.Total && len(page.Entries) > 0 {
		page.NextToken = strconv.FormatInt(next, 10)
	}
	return page, u.name(ctx, page.Entries)
}

func (u Cells) name(ctx context.Context, entries []CellEntry) error {
	if len(entries) == 0 {
		return nil
	}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	names, err := u.Names.MaskedNames(ctx, ids)
	if err != nil {
		return err
	}
	for i := range entries {
		entries[i].MaskedName = names[entries[i].ID]
	}
	return nil
}

// membership tells which counties a region's row adds up, by the snapshot's own
// divisions.
func membership(rows []domain.Row, region string) func(county string) bool {
	parent := map[string]string{}
	for i := range rows {
		parent[rows[i].Region.Code] = rows[i].Region.Parent
	}
	return func(county string) bool {
		at := county
		if at == "" {
			at = domain.Queue.Code
		}
		for ; at != ""; at = parent[at] {
			if at == region {
				return true
			}
		}
		return false
	}
}

// The list is frozen, so a position in it means the same for ever.
func parseOffset(token string) (int64, error) {
	if token == "" {
		return 0, nil
	}
	offset, err := strconv.ParseInt(token, 10, 64)
	if err != nil || offset < 0 {
		return 0, fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "翻页标记无效，请从第一页重新打开")
	}
	return offset, nil
}
