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

// rebuilt tells what was wrong with the facts, and what was done about it.
func rebuilt(m app.Mended, how app.Mending) audit.Record {
	return audit.Record{Action: "figures.rebuild", ResourceType: "figures", Details: map[string]string{
		"sequence": strconv.FormatUint(m.Sequence, 10), "missing": strconv.FormatInt(m.Missing, 10), "different": strconv.FormatInt(m.Different, 10),
		"untold": strconv.FormatInt(m.Untold, 10), "untold_removed": strconv.FormatBool(how.RemoveUntold), "entries": strconv.FormatInt(m.Entries, 10),
	}}
}
