package app

import (
	"context"

	"baoxue.internal/services/ledger/internal/domain"
)

// places compares what a row says of places: where its number was given out with where the
// child lives. It finds counties to offer for the rows whose region code is none.
type places struct {
	counties *domain.Gazetteer
	regions  Regions
	// origins are those of the codes at the beginning of document numbers, as far as they
	// were asked for.
	origins map[string]domain.Origin
}

func newPlaces(counties *domain.Gazetteer, regions Regions) *places {
	return &places{counties: counties, regions: regions, origins: map[string]domain.Origin{}}
}

func (s *places) all(ctx context.Context, rows []StagedRow) error {
	if err := s.follow(ctx, rows); err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		origin := s.origins[r.NumberPrefix()]
		s.counties.JudgeOrigin(&r.Row, origin)
		if !s.counties.Has(r.RegionCode) {
			r.Suggestions = s.counties.Suggest(&r.Row, origin)
		}
	}
	return nil
}

// follow asks where the codes lead that are new, all at once.
func (s *places) follow(ctx context.Context, rows []StagedRow) error {
	var unknown []string
	for i := range rows {
		code := rows[i].NumberPrefix()
		if _, asked := s.origins[code]; asked || code == "" {
			continue
		}
		s.origins[code] = domain.Origin{}
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
			s.origins[code] = domain.Origin{Counties: []string{to.County}}
		case "AMBIGUOUS":
			s.origins[code] = domain.Origin{Counties: to.Candidates}
		case "OTHER_PROVINCE":
			s.origins[code] = domain.Origin{Abroad: true}
		}
	}
	return nil
}
