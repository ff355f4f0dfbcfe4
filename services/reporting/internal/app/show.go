package app

import (
	"context"
	"strings"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/domain"
)

// Scope limits the rows a caller sees: those of a region and of its children.
// The zero Scope sees nothing.
type Scope struct {
	// Level is the caller's: domain.LevelProvince, LevelCity or LevelCounty.
	Level, Region string
}

// ScopeOf is a region's scope, as of a service account that is limited to it; without a region it
// sees nothing.
func ScopeOf(region string) Scope {
	level := domain.LevelCounty
	switch {
	case region == "":
		level = ""
	case region == domain.Province.Code:
		level = domain.LevelProvince
	case strings.HasSuffix(region, "00"):
		level = domain.LevelCity
	}
	return Scope{Level: level, Region: region}
}

// Sees reports whether a row is within the scope.
func (s Scope) Sees(r domain.Region) bool {
	switch s.Level {
	case domain.LevelProvince:
		return true
	case domain.LevelCity, domain.LevelCounty:
		return r.Code == s.Region || r.Parent == s.Region
	}
	return false
}

// ShowStore reads snapshots and facts.
type ShowStore interface {
	Figures
	CorrectionStore
	Snapshot(ctx context.Context, m domain.Month) (Snapshot, error)
	Snapshots(ctx context.Context) ([]Snapshot, error)
}

// Show reads figures.
type Show struct {
	Store     ShowStore
	Divisions Divisions
	Live      *Live
	Now       func() time.Time
}

// Month returns a month's snapshot with the rows that the caller may see, of a
// region and its children; an empty region means all of them.
func (u Show) Month(ctx context.Context, scope Scope, month, region string) (Snapshot, error) {
	m, err := domain.ParseMonth(month)
	if err != nil {
		return Snapshot{}, err
	}
	s, err := u.Store.Snapshot(ctx, m)
	if err != nil {
		return Snapshot{}, err
	}
	s.Rows, err = within(s.Rows, scope, region)
	return s, err
}

// Bulletin returns what the month's circular says, compared with the month before if that
// is closed.
func (u Show) Bulletin(ctx context.Context, month string) (domain.Bulletin, error) {
	m, err := domain.ParseMonth(month)
	if err != nil {
		return domain.Bulletin{}, err
	}
	s, err := u.Store.Snapshot(ctx, m)
	if err != nil {
		return domain.Bulletin{}, err
	}
	before, err := u.Store.Snapshot(ctx, m.Before())
	switch {
	case fault.Is(err, "MONTH_NOT_CLOSED"):
	case err != nil:
		return domain.Bulletin{}, err
	case before.State != domain.Closed:
		before.Rows = nil
	}
	b := domain.NewBulletin(s.Rows, before.Rows)
	b.Month, b.State, b.Cutoff, b.Number, b.Digest = s.Month, s.State, s.Cutoff, s.Number, s.Digest
	b.WorkKnown, b.WorkKnownBefore = s.Definitions >= domain.WorkDefinitions, before.Definitions >= domain.WorkDefinitions
	b.ReviewsKnown, b.Reviews = s.Definitions >= domain.ReviewDefinitions, s.Reviews
	if b.Corrections, err = u.Store.Corrections(ctx, m); err != nil {
		return domain.Bulletin{}, err
	}
	return b, nil
}

// Progress returns the live figures, and the time of the newest event in them.
func (u Show) Progress(ctx context.Context, scope Scope, region string) ([]domain.Row, time.Time, error) {
	table, newest, err := u.Live.Table(ctx, u.Now())
	if err != nil {
		return nil, time.Time{}, err
	}
	rows, err := within(table, scope, region)
	return rows, newest, err
}

// within cuts the table down. A region that the caller may not see and one that
// does not exist answer alike.
func within(table []domain.Row, scope Scope, region string) ([]domain.Row, error) {
	rows := make([]domain.Row, 0, len(table))
	found := region == ""
	for _, r := range table {
		if !scope.Sees(r.Region) {
			continue
		}
		if region == "" || r.Region.Code == region || r.Region.Parent == region {
			found = found || r.Region.Code == region
			rows = append(rows, r)
		}
	}
	if !found {
		return nil, noRegion()
	}
	return rows, nil
}

func noRegion() error {
	return fault.New(fault.NotFound, "NOT_FOUND", "没有找到该地区，或它不在您的管辖范围内")
}
