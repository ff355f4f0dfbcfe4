package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/outbox"
	"baoxue.internal/pkg/pg"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// onEntry runs fn on one entry, which it names and locks: changes of one entry follow
// one another, whichever they are.
func onEntry[T any](ctx context.Context, s *Store, entryID string, fn func(tx pgx.Tx, head db.EntryHead) (T, error)) (T, error) {
	value, err := pg.InTxValueOptions(ctx, s.pool, pg.TxOptions{Local: naming(entryID)}, func(tx pgx.Tx) (none T, err error) {
		q := db.New(tx)
		if err := q.EnsureHead(ctx, entryID); err != nil {
			return none, err
		}
		head, err := q.LockHead(ctx, entryID)
		if err != nil {
			return none, err
		}
		return fn(tx, head)
	})
	if err == nil {
		s.committed()
	}
	return value, err
}

// storedWork is the work beside what lists select by.
type storedWork struct {
	domain.Work
	DueOn   string         `json:"dueOn"`
	DueKind domain.DueKind `json:"dueKind"`
}

func workOf(entryID string, work []byte) (domain.Work, error) {
	var stored storedWork
	if err := json.Unmarshal(work, &stored); err != nil {
		return domain.Work{}, fmt.Errorf("work of %s: %w", entryID, err)
	}
	return stored.Work, nil
}

// storedOf is what entry_heads.work holds of a state.
func storedOf(state domain.WorkState) ([]byte, error) {
	return json.Marshal(storedWork{Work: state.Work, DueOn: state.DueDay(), DueKind: state.DueKind})
}

// setWork stores the work of a locked entry, with its event. Work that did not change is
// left as it is.
func (s *Store) setWork(ctx context.Context, tx pgx.Tx, head db.EntryHead, county string, work domain.Work, at time.Time) (domain.WorkState, error) {
	state := work.State(head.EntryID, county, s.rules)
	if work.Version == head.WorkVersion {
		return state, nil
	}
	stored, err := storedOf(state)
	if err != nil {
		return state, err
	}
	n, err := db.New(tx).SetWork(ctx, db.SetWorkParams{EntryID: head.EntryID, Work: stored})
	if err != nil {
		return state, err
	}
	if n != 1 {
		return state, fmt.Errorf("the work of %s is not the transaction's to change", head.EntryID)
	}
	return state, outbox.Append(ctx, tx, workChanged(state, at))
}

func workChanged(s domain.WorkState, at time.Time) outbox.Event {
	return outbox.Event{
		Service: "verification", Name: "work_changed", Region: s.CountyCode, Time: at,
		Body: &eventv1.WorkChanged{
			EntryId: s.EntryID, WorkVersion: s.Version, Revision: int32(s.Revision), Code: s.Code, CountyCode: s.CountyCode,
			Returned: s.Returned, UnderReview: s.UnderReview, Duty: string(s.Duty), Closed: s.Closed(),
			DueOn: s.DueDay(), DueKind: string(s.DueKind), LegalStep: s.LegalStep, Relapses: int32(s.Relapses), OccurTime: timestamppb.New(at),
		},
	}
}
