package verification

import (
	"context"
	"slices"

	"baoxue.internal/pkg/obs"
	"baoxue.internal/pkg/pg"
)

// Measurements implements process.Service.
func (s *Service) Measurements() []obs.Measurement {
	return slices.Concat(pg.Measurements(s.pool), s.trail.Measurements(), s.bus.Measurements(), s.relay.Measurements(), s.consumers().Measurements(), []obs.Measurement{
		obs.Single(obs.Figure{
			Name: "baoxue_findings_sealed_timestamp_seconds", Help: "Up to when the chains of the findings are sealed into the audit trail.",
		}, s.sealedUntil),
	})
}

// sealedUntil is in seconds since 1970.
func (s *Service) sealedUntil(ctx context.Context) (float64, error) {
	until, err := s.store.SealedUntil(ctx)
	return float64(until.Unix()), err
}
