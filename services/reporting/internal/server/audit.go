package server

import (
	"strconv"
	"strings"

	"baoxue.internal/pkg/audit"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

func downloaded(s app.Snapshot, version int) audit.Record {
	return audit.Record{
		Action: "bulletin.download", ResourceType: "month", ResourceID: s.Month.String(),
		Details: map[string]string{"number": strconv.FormatInt(s.Number, 10), "state": string(s.State), "version": strconv.Itoa(version)},
	}
}

// printed tells which version of a bulletin left as a page.
func printed(i domain.Issue) audit.Record {
	return audit.Record{
		Action: "bulletin.download", ResourceType: "month", ResourceID: i.Month.String(),
		Details: map[string]string{"version": strconv.Itoa(i.Version), "state": string(i.State), "digest": i.Digest},
	}
}

// rerun tells how many snapshots and corrections were counted again, and of which months one
// came out otherwise.
func rerun(recounts []app.Recount) audit.Record {
	var different []string
	for _, r := range recounts {
		if !r.Equal() {
			different = append(different, r.Snapshot.Month.String())
		}
	}
	return audit.Record{Action: "months.rerun", ResourceType: "month", Details: map[string]string{
		"recounts": strconv.Itoa(len(recounts)), "different": strings.Join(different, " "),
	}}
}

// checked tells that the facts were compared with the events, and whether they agree.
func checked(m app.Mended) audit.Record {
	return audit.Record{Action: "figures.check", ResourceType: "figures", Details: map[string]string{
		"sequence": strconv.FormatUint(m.Sequence, 10), "sound": strconv.FormatBool(m.Sound()),
	}}
}

// exporting tells what was asked for, but never a name or a number. Which flags and special groups, the ledger's
// own record of the same export says.
func exporting(req *reportingv1.ExportEntriesRequest) audit.Record {
	f := req.GetFilter()
	r := audit.Record{
		Action: "entries.export", ResourceType: "entries", Reason: req.GetReason(),
		Details: map[string]string{"format": req.GetFormat().String(), "layout": req.GetLayout().String()},
	}
	if f.GetRegion() == "none" {
		r.Details["queue"] = "true"
	} else {
		r.Region = f.GetRegion()
	}
	for key, given := range map[string]bool{
		"by_name": f.GetName() != "", "by_number": f.GetIdNumber() != "", "by_text": f.GetQ() != "", "by_school": f.GetSchool() != "",
		"by_flags": len(f.GetFlags()) > 0, "by_tags": len(f.GetTags()) > 0, "in_full": req.GetReason() != "",
	} {
		if given {
			r.Details[key] = "true"
		}
	}
	for key, value := range map[string]string{
		"code": f.GetCode(), "responsible": f.GetResponsible(), "found_from": f.GetFoundFrom(), "found_to": f.GetFoundTo(), "import": f.GetImportId(),
	} {
		if value != "" {
			r.Details[key] = value
		}
	}
	for key, number := range map[string]int32{
		"tab": int32(f.GetTab()), "status": int32(f.GetStatus()), "source": int32(f.GetSource()), "work": int32(f.GetQueue()),
	} {
		if number != 0 {
			r.Details[key] = strconv.Itoa(int(number))
		}
	}
	return r
}

// exported tells how many entries left.
func exported(entries int) audit.Record {
	return audit.Record{Action: "entries.exported", ResourceType: "entries", Details: map[string]string{"entries": strconv.Itoa(entries)}}
}
