// Package domain holds the rules of the ledger: what a row is, what is odd about
// it, who may see it. It knows neither database nor protocol.
package domain

import (
	"regexp"
	"time"

	"baoxue.internal/pkg/fault"
)

// Status of an entry (DOMAIN §3).
type Status int16

// The statuses.
const (
	Pending     Status = 1
	Unconfirmed Status = 2
	Handled     Status = 3
)

// Suggestion is a county worth offering for an entry nobody handles yet.
type Suggestion struct {
	CountyCode string `json:"county_code"`
	Reason     string `json:"reason"`
}

// Entry is one child the Ministry believes to be out of school.
type Entry struct {
	Row
	ID            string
	CountyCode    string
	RoutingReason string
	Suggestions   []Suggestion
	Version       int64
	Status        Status
	Code          string
	Revision      int64
	// ResponsibleID is a user's; empty means nobody in particular.
	ResponsibleID string
	Work          Work
	// Tags are the special groups the child belongs to, by the names of verification's contract.
	Tags []string
	// FoundAt is when the newest outcome was made; zero while pending.
	FoundAt   time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Work is what remains to be done about an entry, as verification tells it; the deadline
// of a pending one is the ledger's own.
type Work struct {
	// Returned is set when a review gave the entry back to its county.
	Returned bool
	// Duty is NONE, DutyCreateRecord, DutyChangeStatus or DONE.
	Duty string
	// Closed is 销号: nothing is left to do.
	Closed bool
	// DueOn is the last day of the earliest deadline; zero without one.
	DueOn time.Time
	// DueKind is what the deadline is for, e.g. DueFollowUp.
	DueKind string
	// LegalStep names the highest step of the law that holds, empty without one.
	LegalStep string
}

// What a Work has open, and its deadline may be for.
const (
	DutyCreateRecord = "CREATE_RECORD"
	DutyChangeStatus = "CHANGE_STATUS"
	DueFollowUp      = "FOLLOW_UP"
)

// Move gives an entry to another county; the empty code is the province's own queue.
type Move struct {
	EntryID, To string
	// RoutingReason is a code, Reason what the user said, who is the Actor.
	RoutingReason, Reason, Actor string
}

// Change is one step in an entry's life: of its routing (Version set) or of its
// outcome (Revision set).
type Change struct {
	Version    int64
	CountyCode string
	Reason     string
	Actor      string
	Revision   int64
	Code       string
	At         time.Time
}

// Shanghai is the province's clock. It has no summer time since 1991.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// ErrNotFound is the one answer for an entry that is missing and for one that
// belongs to somebody else.
var ErrNotFound = fault.New(fault.NotFound, "NOT_FOUND", "没有找到这条记录，或它不在您的管辖范围内")

var idShape = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// CheckID refuses what can't be an entry's id in the same words as a missing one.
func CheckID(id string) error {
	if !idShape.MatchString(id) {
		return ErrNotFound
	}
	return nil
}
