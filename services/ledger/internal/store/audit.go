package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// self is who acts when nobody asked.
const self = "service:ledger"

// count is how details tell a number.
func count[N int | int32](n N) string { return strconv.Itoa(int(n)) }

func importStarted(id string) audit.Record {
	return audit.Record{Action: "import.start", ResourceType: "import", ResourceID: id}
}

func importCancelled(id string) audit.Record {
	return audit.Record{Action: "import.cancel", ResourceType: "import", ResourceID: id}
}

// importExported: what was given out is children's data in full.
func importExported(id string) audit.Record {
	return audit.Record{Action: "import.export", ResourceType: "import", ResourceID: id}
}

func importFinished(i db.Import) audit.Record {
	return audit.Record{Action: "import.finish", ResourceType: "import", ResourceID: i.ID, Details: map[string]string{
		"read": count(i.RowsRead), "stored": count(i.RowsStored), "flagged": count(i.RowsFlagged), "created": count(i.RowsCreated),
		"updated": count(i.RowsUpdated), "unmatched": count(i.RowsUnmatched),
	}}
}

// importFailed is of the actor, or else of whoever the context names.
func importFailed(id, reason, actor string) audit.Record {
	return audit.Record{
		ActorID: actor, Action: "import.finish", ResourceType: "import", ResourceID: id, Outcome: audit.Refused, Reason: reason,
	}
}

func assigned(entryID, from, to, reason string) audit.Record {
	return audit.Record{
		Action: "entry.assign", ResourceType: "entry", ResourceID: entryID, Region: to, Reason: reason,
		Details: map[string]string{"from": from, "to": to},
	}
}

func checked(numbers, entries int) audit.Record {
	return audit.Record{Action: "entries.check", ResourceType: "entries", Details: map[string]string{
		"numbers": count(int32(numbers)), "entries": count(int32(entries)),
	}}
}

// transferred leaves the reason to the transfer, where it is sealed.
func transferred(how string, t db.EntryTransfer) audit.Record {
	return audit.Record{
		Action: "transfer." + how, ResourceType: "entry", ResourceID: t.EntryID, Region: t.FromCounty,
		Details: map[string]string{"transfer": t.ID, "from": t.FromCounty, "to": t.ToCounty},
	}
}

func revealed(e db.Entry, reason string) audit.Record {
	return audit.Record{Action: "entry.reveal", ResourceType: "entry", ResourceID: e.ID, Region: e.CountyCode, Reason: reason}
}

func rerouted(county string, to app.Resolution, entries int) audit.Record {
	return audit.Record{
		ActorID: self, Action: "entry.reroute", ResourceType: "region", ResourceID: county, Region: county, Reason: "REGION_" + to.Reason,
		Details: map[string]string{"from": county, "to": to.County, "entries": count(entries)},
	}
}

func entrusted(entries []db.LockQueuedRow, userID string) []audit.Record {
	records := make([]audit.Record, len(entries))
	for i, e := range entries {
		records[i] = audit.Record{
			Action: "entry.entrust", ResourceType: "entry", ResourceID: e.ID, Region: e.CountyCode, Details: map[string]string{"to": userID},
		}
	}
	return records
}

func handedOver(from, to string, entries int) audit.Record {
	return audit.Record{
		ActorID: self, Action: "entry.handover", ResourceType: "user", ResourceID: from,
		Details: map[string]string{"to": to, "entries": count(entries)},
	}
}

// streamed tells what was asked for, but never a name or a number.
func streamed(s app.Selection, reason string) audit.Record {
	r := audit.Record{Action: "entries.export", ResourceType: "entries", Reason: reason, Details: map[string]string{}}
	if reason != "" {
		r.Details["in_full"] = "true"
	}
	switch s.Counties {
	case domain.WholeProvince:
	case domain.Region{}:
		r.Details["queue"] = "true"
	default:
		// The first code of a city's range is the city's own.
		r.Region = s.Counties.From
	}
	for key, given := range map[string]bool{
		"by_name": s.Name != "", "by_number": s.IDNumber != "", "by_last_four": s.LastFour != "", "by_school": s.School != "",
	} {
		if given {
			r.Details[key] = "true"
		}
	}
	if len(s.Statuses) < len(app.AllStatuses) {
		r.Details["statuses"] = strings.Trim(fmt.Sprint(statuses(s.Kind)), "[]")
	}
	if s.Source != domain.SourceUnspecified {
		r.Details["source"] = count(int32(s.Source))
	}
	if s.Queue != app.QueueNone {
		r.Details["work"] = count(int32(s.Queue))
	}
	for key, at := range map[string]time.Time{"found_from": s.FoundFrom, "found_before": s.FoundBefore} {
		if !at.IsZero() {
			r.Details[key] = at.Format(time.DateOnly)
		}
	}
	for key, value := range map[string]string{"code": s.Code, "responsible": s.Responsible, "flags": s.Flags, "tags": s.Tags, "import": s.ImportID} {
		if value != "" {
			r.Details[key] = value
		}
	}
	return r
}
