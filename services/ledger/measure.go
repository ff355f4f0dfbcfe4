package ledger

import (
	"slices"

	"baoxue.internal/pkg/obs"
	"baoxue.internal/pkg/pg"
)

// Measurements implements process.Service.
func (s *Service) Measurements() []obs.Measurement {
	return slices.Concat(pg.Measurements(s.pools.all, s.pools.reads), s.trail.Measurements(), s.bus.Measurements(), s.relay.Measurements(), s.consumers().Measurements())
}
