package reporting

import (
	"context"
	"slices"
	"time"

	"baoxue.internal/pkg/obs"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/reporting/internal/domain"
)

// Measurements implements process.Service.
func (s *Service) Measurements() []obs.Measurement {
	return slices.Concat(pg.Measurements(s.pool), s.trail.Measurements(), s.bus.Measurements(), s.consumers().Measurements(), []obs.Measurement{{
		Name: "baoxue_months_unclosed", Help: "Months that are over and come after the newest closed one.",
		Measure: obs.Single(s.unclosed),
	}})
}

// unclosed counts from when the first child came, if no month was ever closed.
func (s *Service) unclosed(ctx context.Context) (float64, error) {
	until, err := s.store.ClosedUntil(ctx)
	return float64(domain.Over(until, time.Now())), err
}
