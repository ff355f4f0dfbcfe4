package store

import (
	"strconv"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// submitted tells that there is a finding and what it says in codes; its texts
// are in the finding.
func submitted(by domain.Author, f db.Finding, previous string) audit.Record {
	return audit.Record{
		ActorID: by.ID, ActorName: by.Name, Address: by.Address, RequestID: by.CallID,
		Action: "finding.submit", ResourceType: "entry", ResourceID: f.EntryID, Region: f.CountyCode, Details: map[string]string{
			"finding": f.ID, "code": f.Code, "previous": previous, "revision": strconv.FormatInt(f.Revision, 10),
		},
	}
}
