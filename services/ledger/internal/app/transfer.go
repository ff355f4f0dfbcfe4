package app

import (
	"context"
	"strings"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/domain"
)

// TransferStore keeps offers of entries by one county to another.
type TransferStore interface {
	// ProposeTransfer offers an entry within the scope; TRANSFER_OPEN when it is offered
	// already.
	ProposeTransfer(ctx context.Context, scope domain.Scope, entryID string, offer domain.Offer) (domain.Transfer, error)
	// EndTransfer ends an open transfer within the scope if the rule allows it, and moves
	// the entry when it is accepted; TRANSFER_ENDED when it is over.
	EndTransfer(ctx context.Context, scope domain.Scope, id string, end domain.TransferEnd) (domain.Transfer, error)
	// ListTransfers returns up to most transfers within the scope older than an id.
	ListTransfers(ctx context.Context, scope domain.Scope, filter TransferFilter, before string, most int) ([]domain.Transfer, error)
}

// TransferFilter selects transfers.
type TransferFilter struct {
	// State is the only one; 0 means any.
	State domain.TransferState
	// Overdue are those whose last day was before Today, yyyy-mm-dd.
	Overdue bool
	Today   string
}

// Transfers are the use cases of handing a child over between counties.
type Transfers struct {
	Store    TransferStore
	Regions  Regions
	Calendar Calendar
	// Days are the working days to answer in.
	Days int
	Now  func() time.Time
}

// Today is the day by the province's clock.
func (t Transfers) Today() time.Time { return t.Now().In(domain.Shanghai) }

// Propose offers an entry of the caller's county to another.
func (t Transfers) Propose(ctx context.Context, caller Caller, entryID, county, reason string) (domain.Transfer, error) {
	if err := domain.CheckID(entryID); err != nil {
		return domain.Transfer{}, err
	}
	resolved, err := t.Regions.Resolve(ctx, []string{county})
	if err != nil {
		return domain.Transfer{}, err
	}
	violations := unsaid(reason, "请说明移交的理由，如“随父母迁居，现住西湖区”")
	if resolved[county].Reason != "CURRENT" || county == caller.Own.From() {
		violations = append(violations, fault.Violation{Field: "county_code", Reason: "COUNTY_UNKNOWN", Message: "请选择本省现行的其他县（市、区）"})
	}
	if err := fault.FromViolations("INVALID_REQUEST", "不能移交", violations); err != nil {
		return domain.Transfer{}, err
	}
	return t.Store.ProposeTransfer(ctx, caller.Own, entryID, domain.Offer{
		To: county, Reason: strings.TrimSpace(reason), Proposer: caller.Actor, DueOn: t.Calendar.After(t.Today(), t.Days),
	})
}

// Accept moves the entry to the caller's county.
func (t Transfers) Accept(ctx context.Context, caller Caller, id string) (domain.Transfer, error) {
	return t.end(ctx, caller, id, domain.TransferEnd{State: domain.TransferAccepted})
}

// Reject leaves the entry where it is.
func (t Transfers) Reject(ctx context.Context, caller Caller, id, reason string) (domain.Transfer, error) {
	if err := fault.FromViolations("INVALID_REQUEST", "不能退回", unsaid(reason, "请说明不接收的理由，如“不在本辖区居住”")); err != nil {
		return domain.Transfer{}, err
	}
	return t.end(ctx, caller, id, domain.TransferEnd{State: domain.TransferRejected, Answer: strings.TrimSpace(reason)})
}

// Withdraw takes the offer back.
func (t Transfers) Withdraw(ctx context.Context, caller Caller, id string) (domain.Transfer, error) {
	return t.end(ctx, caller, id, domain.TransferEnd{State: domain.TransferWithdrawn})
}

func (t Transfers) end(ctx context.Context, caller Caller, id string, end domain.TransferEnd) (domain.Transfer, error) {
	if domain.CheckID(id) != nil {
		return domain.Transfer{}, domain.ErrNoTransfer
	}
	end.County, end.Answerer = caller.Own.From(), caller.Actor
	return t.Store.EndTransfer(ctx, caller.Own, id, end)
}

// List returns transfers, newest first, and where to go on.
func (t Transfers) List(ctx context.Context, caller Caller, filter TransferFilter, size int, before string) (transfers []domain.Transfer, next string, err error) {
	if size == 0 {
		size = defaultPage
	}
	if before == "" {
		before = "ffffffff-ffff-ffff-ffff-ffffffffffff"
	} else if domain.CheckID(before) != nil {
		return nil, "", fault.FromViolations("PAGE_TOKEN_INVALID", "翻页标记无效，请从第一页重新查询", []fault.Violation{
			{Field: "page_token", Reason: "PAGE_TOKEN_INVALID", Message: "翻页标记不是本系统给出的"},
		})
	}
	filter.Today = t.Today().Format(time.DateOnly)
	transfers, err = t.Store.ListTransfers(ctx, caller.Scope, filter, before, size+1)
	if err == nil && len(transfers) > size {
		transfers = transfers[:size]
		next = transfers[size-1].ID
	}
	return transfers, next, err
}

// unsaid is the violation of a reason that nobody can judge later.
func unsaid(reason, message string) []fault.Violation {
	if !tooShort(domain.Clean(reason)) {
		return nil
	}
	return []fault.Violation{{Field: "reason", Reason: "REQUIRED", Message: message}}
}
