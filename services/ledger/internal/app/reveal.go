package app

import (
	"context"
	"strings"
	"unicode/utf8"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/domain"
)

// RevealStore reads an entry and records that it was read in full, in one transaction.
type RevealStore interface {
	Reveal(ctx context.Context, scope domain.Scope, id, reason string) (domain.Entry, error)
}

// Reveal shows an entry in full to who says why.
type Reveal struct{ Store RevealStore }

// leastReason is what a reason needs to be one that somebody can judge later.
const leastReason = 2

// Do reveals.
func (r Reveal) Do(ctx context.Context, caller Caller, id, reason string) (domain.Entry, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return domain.Entry{}, err
	}
	if err := domain.CheckID(id); err != nil {
		return domain.Entry{}, err
	}
	return r.Store.Reveal(ctx, caller.Scope, id, reason)
}

func tooShort(reason string) bool {
	return fault.Unsaid(reason) || utf8.RuneCountInString(strings.ReplaceAll(reason, " ", "")) < leastReason
}

// checkReason returns the reason to see something in full as it is recorded.
func checkReason(reason string) (string, error) {
	reason = domain.Clean(reason)
	if tooShort(reason) {
		return "", fault.FromViolations("INVALID_REQUEST", "请求格式有误", []fault.Violation{
			{Field: "reason", Reason: "REQUIRED", Message: "请填写查看完整信息的理由，如“电话核实”，理由将记入审计日志"},
		})
	}
	return reason, nil
}
