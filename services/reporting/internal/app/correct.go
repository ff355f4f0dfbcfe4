package app

import (
	"context"
	"strings"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/domain"
)

// CorrectionStore reads what was corrected.
type CorrectionStore interface {
	Corrections(ctx context.Context, m domain.Month) ([]domain.Correction, error)
}

// longestReason of a correction, in characters.
const longestReason = 500

// Correct counts a closed month again, reconciles it with the ledger like a close, and stores in
// what it differs, numbered. The closed figures stay as they are.
func (u Closing) Correct(ctx context.Context, month, reason, author string) (domain.Correction, error) {
	m, err := domain.ParseMonth(month)
	if err != nil {
		return domain.Correction{}, err
	}
	if reason = strings.TrimSpace(reason); fault.Unsaid(reason) || len([]rune(reason)) > longestReason {
		return domain.Correction{}, fault.FromViolations("INVALID_REQUEST", "请说明更正的原因", []fault.Violation{
			{Field: "reason", Reason: "INVALID_REQUEST", Message: "请写明更正的原因，最多 500 字"},
		})
	}
	var correction domain.Correction
	err = u.Store.WithMonth(ctx, m, func(tx MonthTx) error {
		closed, ok, err := tx.Closed(ctx)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.Precondition, "MONTH_NOT_CLOSED", "该月份尚未结账，重新汇总即可，不需要更正")
		}
		before, err := tx.Corrections(ctx)
		if err != nil {
			return err
		}
		sequence, err := u.caughtUp(ctx, closed.Cutoff)
		if err != nil {
			return err
		}
		table, err := u.figures(ctx, tx.Buckets, m, closed.Cutoff, sequence)
		if err != nil {
			return err
		}
		differences := domain.Differences(closed.Rows, closed.Definitions, before, table)
		if len(differences) == 0 {
			return domain.ErrNothingToCorrect
		}
		correction, err = tx.InsertCorrection(ctx, domain.Correction{
			Number: len(before) + 1, Snapshot: closed.Number, Digest: domain.Digest(m, closed.Cutoff, closed.Definitions, table, closed.Reviews),
			Sequence: sequence, Reason: reason, Author: author, Differences: differences,
		})
		return err
	})
	if err != nil {
		return domain.Correction{}, err
	}
	u.Log.InfoContext(ctx, "month corrected", "month", month, "number", correction.Number, "differences", len(correction.Differences))
	return correction, nil
}

// Corrections are those of a month, with the differences of the regions that the caller sees.
func (u Show) Corrections(ctx context.Context, scope Scope, month string) ([]domain.Correction, error) {
	m, err := domain.ParseMonth(month)
	if err != nil {
		return nil, err
	}
	corrections, err := u.Store.Corrections(ctx, m)
	if err != nil {
		return nil, err
	}
	for i, c := range corrections {
		var seen []domain.Difference
		for _, d := range c.Differences {
			if scope.Sees(d.Region) {
				seen = append(seen, d)
			}
		}
		corrections[i].Differences = seen
	}
	return corrections, nil
}
