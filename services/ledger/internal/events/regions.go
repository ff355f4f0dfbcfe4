package events

import (
	"context"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/services/ledger/internal/app"
)

// RegionsDurable is the name of the ledger's consumer of changes of divisions.
const RegionsDurable = "ledger-regions"

// RegionSubjects are what it listens to.
var RegionSubjects = []string{"baoxue.regionauth.v1.regions_changed.*"}

// Regions has the entries follow the divisions as soon as a change is entered. What
// changed, and whether its month has come, the region service is asked.
func Regions(r app.Reroute) bus.Handler {
	return func(ctx context.Context, _ []bus.Event) error { return r.Do(ctx) }
}
