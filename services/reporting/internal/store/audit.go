package store

import (
	"strconv"
	"time"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/services/reporting/internal/app"
)

// closed tells which figures a month got: with the digest they can't be changed
// later without the trail saying otherwise.
func closed(s app.Snapshot) audit.Record {
	return audit.Record{Action: "month.close", ResourceType: "month", ResourceID: s.Month.String(), Details: map[string]string{
		"number": strconv.FormatInt(s.Number, 10), "state": string(s.State), "digest": s.Digest,
		"cutoff": s.Cutoff.UTC().Format(time.RFC3339Nano),
	}}
}
