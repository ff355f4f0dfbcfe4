package app

import (
	"context"

	"baoxue.internal/services/ledger/internal/domain"
)

// suggester finds counties to offer for the rows whose region code is none.
type suggester struct {
	counties *domain.Gazetteer
	regions  Regions
	// leads are the counties of today that the codes at the beginning of document
	// numbers lead to, as far as they were asked for.
	leads map[string][]string
}

func (s *suggester) all(ctx context.Context, rows []StagedRow) error {
	if err := s.follow(ctx, rows); err != nil {
		return err
	}
	for i := range rows {
		if r := &rows[i]; !s.counties.Has(r.RegionCode) {
			r.Suggestions = s.counties.Suggest(&r.Row, s.leads[r.NumberPrefix()])
		}
	}
	return nil
}

// follow asks where the codes lead that are new, all at once.
func (s *suggester) follow(ctx context.Context, rows []StagedRow) error {
	var unknown []string
	for i := range rows {
		code := rows[i].NumberPrefix()
		if _, asked := s.leads[code]; asked || code == "" || s.counties.Has(rows[i].RegionCode) {
			continue
		}
		s.leads[code] = nil
		unknown = append(unknown, code)
	}
	if len(unknown) == 0 {
		return nil
	}
	resolved, err := s.regions.Resolve(ctx, unknown)
	if err != nil {
		return err
	}
	for code, to := range resolved {
		switch to.Reason {
		case "CURRENT", "SUCCEEDED":
			s.leads[code] = []string{to.County}
		case "AMBIGUOUS":
			s.leads[code] = to.Candidates
		}
	}
	return nil
}
