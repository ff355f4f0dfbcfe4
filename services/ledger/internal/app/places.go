package app

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"baoxue.internal/services/ledger/internal/domain"
)

// places follows what a row says of places. Its region code leads to the county that handles
// it; where its number was given out is compared with where the child lives, and both tell
// counties to offer where the region code leads to none.
type places struct {
	counties *domain.Gazetteer
	regions  Regions
	// leads and origins are those of the codes that were asked for already: of regions, and
	// at the beginning of document numbers.
	leads   map[string]Resolution
	origins map[string]domain.Origin
}

func newPlaces(counties *domain.Gazetteer, regions Regions) *places {
	return &places{counties: counties, regions: regions, leads: map[string]Resolution{}, origins: map[string]domain.Origin{}}
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
		r.route(s.leads[r.RegionCode])
	}
	return nil
}

// follow asks where the codes lead that are new, all at once.
func (s *places) follow(ctx context.Context, rows []StagedRow) error {
	unknown := map[string]bool{}
	for i := range rows {
		for _, code := range []string{rows[i].NumberPrefix(), rows[i].RegionCode} {
			if _, asked := s.leads[code]; !asked {
				unknown[code] = true
			}
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	resolved, err := s.regions.Resolve(ctx, slices.Sorted(maps.Keys(unknown)))
	if err != nil {
		return err
	}
	for code := range unknown {
		to, told := resolved[code]
		if !told {
			return fmt.Errorf("the region service does not tell where %q leads", code)
		}
		s.leads[code] = to
		if code != "" {
			s.origins[code] = originOf(to)
		}
	}
	return nil
}

// originOf is where a document number was given out that begins with a code.
func originOf(to Resolution) domain.Origin {
	switch to.Reason {
	case "CURRENT", "SUCCEEDED":
		return domain.Origin{Counties: []string{to.County}}
	case "AMBIGUOUS":
		return domain.Origin{Counties: to.Candidates}
	case "OTHER_PROVINCE":
		return domain.Origin{Abroad: true}
	}
	return domain.Origin{}
}

// route gives a row the county that its region code leads to, or offers those that it may be
// besides what the child's own data suggest, each once.
func (r *StagedRow) route(to Resolution) {
	r.CountyCode, r.RoutingReason = to.County, to.RoutingReason()
	if flag := to.Flag(); flag != "" {
		r.Flags = append(r.Flags, flag)
	}
	if to.County != "" {
		r.Suggestions = nil
		return
	}
	for _, candidate := range to.Suggestions() {
		if !slices.ContainsFunc(r.Suggestions, func(s domain.Suggestion) bool { return s.CountyCode == candidate.CountyCode }) {
			r.Suggestions = append(r.Suggestions, candidate)
		}
	}
}
