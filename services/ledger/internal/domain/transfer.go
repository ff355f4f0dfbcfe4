package domain

import (
	"time"

	"baoxue.internal/pkg/fault"
)

// TransferState is what became of a Transfer.
type TransferState int16

// The states. A transfer is void when its entry was moved otherwise.
const (
	TransferOpen TransferState = iota + 1
	TransferAccepted
	TransferRejected
	TransferWithdrawn
	TransferVoid
)

// Offer is what one county says to another about an entry.
type Offer struct {
	To, Reason, Proposer string
	// DueOn is the last day to answer.
	DueOn time.Time
}

// ShownChild is what the other county is told of the child, masked as in lists.
type ShownChild struct {
	PersonName     string `json:"person_name"`
	BirthDate      string `json:"birth_date"`
	HouseholdPlace string `json:"household_place"`
	HomeAddress    string `json:"home_address"`
}

// Shown is what another county may be told of an entry that is offered to it.
func (e *Entry) Shown() ShownChild {
	return ShownChild{PersonName: e.PersonName, BirthDate: e.BirthDate, HouseholdPlace: e.HouseholdPlace, HomeAddress: MaskAddress(e.HomeAddress)}
}

// Transfer is an offer of an entry and its end.
type Transfer struct {
	Offer
	ID, EntryID, From string
	State             TransferState
	Child             ShownChild
	Answerer, Answer  string
	CreatedAt         time.Time
	// EndedAt is zero while it is open.
	EndedAt time.Time
}

// Overdue reports whether it waits longer than it may; today is yyyy-mm-dd.
func (t *Transfer) Overdue(today string) bool {
	return t.State == TransferOpen && t.DueOn.Format(time.DateOnly) < today
}

// TransferEnd is how a county ends a transfer.
type TransferEnd struct {
	State                    TransferState
	County, Answerer, Answer string
}

// Errors of transfers.
var (
	ErrNoTransfer   = fault.New(fault.NotFound, "NOT_FOUND", "没有找到这次移交，或它与您的辖区无关")
	ErrTransferOpen = fault.New(fault.Exists, "TRANSFER_OPEN", "这条记录已在移交中，请等待对方答复或先撤回")
	errEnded        = fault.New(fault.Precondition, "TRANSFER_ENDED", "这次移交已经结束，请刷新后查看结果")
	errNotYours     = fault.New(fault.Denied, "PERMISSION_DENIED", "只有接收方可以答复，只有移交方可以撤回")
)

// Ends says whether the county may end the transfer so: who is offered the child answers,
// who offered it withdraws.
func (e TransferEnd) Ends(t *Transfer) error {
	county := t.To
	if e.State == TransferWithdrawn {
		county = t.From
	}
	switch {
	case e.County != county:
		return errNotYours
	case t.State != TransferOpen:
		return errEnded
	}
	return nil
}
