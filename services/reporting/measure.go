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
	return slices.Concat(pg.Measurements(s.pool), s.trail.Measurements(), s.bus.Measurements(), s.consumers().Measurements(), []obs.Measurement{
		obs.Single(obs.Figure{
			Name: "baoxue_months_unclosed", Help: "Months that are over and come after the newest closed one.",
		}, s.unclosed),
		obs.Single(obs.Figure{
			Name: "baoxue_webhooks_failing", Help: "Webhooks that could be told nothing for an hour or longer, or are suspended for that.",
		}, s.failing),
	})
}

// unclosed counts from when the first child came, if no month was ever closed.
func (s *Service) unclosed(ctx context.Context) (float64, error) {
	until, err := s.store.ClosedUntil(ctx)
	return float64(domain.Over(until, time.Now())), err
}

// The other system may be started again, or get a new version.
const failingAfter = time.Hour

func (s *Service) failing(ctx context.Context) (float64, error) {
	n, err := s.store.FailingWebhooks(ctx, time.Now().Add(-failingAfter))
	return float64(n), err
}
