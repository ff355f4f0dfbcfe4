package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

type recordedVisit struct {
	row   db.Visit
	state domain.WorkState
}

// RecordVisit implements app.VisitStore.
func (s *Store) RecordVisit(ctx context.Context, v app.VisitRecord) (domain.Visit, domain.WorkState, error) {
	recorded, err := onEntry(ctx, s, v.Entry.ID, func(tx pgx.Tx, head db.EntryHead) (r recordedVisit, err error) {
		if r.row, err = s.insertVisit(ctx, tx, v); err != nil {
			return r, err
		}
		work, err := workOf(head.EntryID, head.Work)
		if err != nil {
			return r, err
		}
		if r.state, err = s.setWork(ctx, tx, head, v.Entry.CountyCode, work.AfterVisit(v.Next), r.row.OccurredAt); err != nil {
			return r, err
		}
		return r, audit.Append(ctx, tx, audit.Record{
			Action: "visit.record", ResourceType: "entry", ResourceID: v.Entry.ID, Region: v.Entry.CountyCode,
			Details: map[string]string{"visit": r.row.ID, "number": strconv.Itoa(int(r.row.Number)), "corrects": v.CorrectsID},
		})
	})
	if err != nil {
		return domain.Visit{}, domain.WorkState{}, fmt.Errorf("recording a visit of %s: %w", v.Entry.ID, err)
	}
	visit, err := s.visitOf(recorded.row)
	return visit, recorded.state, err
}

func (s *Store) insertVisit(ctx context.Context, tx pgx.Tx, v app.VisitRecord) (db.Visit, error) {
	q := db.New(tx)
	number, corrects, err := visitNumber(ctx, q, v)
	if err != nil {
		return db.Visit{}, err
	}
	at, err := q.Clock(ctx)
	if err != nil {
		return db.Visit{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return db.Visit{}, err
	}
	f, sealed := v.Form, s.visitFields(id.String())
	params := db.InsertVisitParams{
		ID: id.String(), EntryID: v.Entry.ID, Number: number, CorrectsID: corrects, VisitDate: v.Date, NextDate: f.NextDate,
		Method: int16(f.Method), Result: int16(f.Result),
		PersuadersSealed:      sealed.Seal("persuaders", f.Persuaders),
		ContactSealed:         sealed.Seal("contact", f.Contact),
		ChildSituationSealed:  sealed.Seal("child_situation", f.ChildSituation),
		FamilySituationSealed: sealed.Seal("family_situation", f.FamilySituation),
		SupportSealed:         sealed.Seal("support", f.Support),
		CountyCode:            v.Entry.CountyCode, AuthorID: v.Author.ID, Author: v.Author.Name, OccurredAt: at,
	}
	if err := sealed.Err(); err != nil {
		return db.Visit{}, err
	}
	return q.InsertVisit(ctx, params)
}

// notUUID is PostgreSQL's code for a text that is no id at all.
const notUUID = "22P02"

func visitNumber(ctx context.Context, q *db.Queries, v app.VisitRecord) (number int32, corrects *string, err error) {
	if v.CorrectsID == "" {
		last, err := q.LastVisitNumber(ctx, v.Entry.ID)
		return last + 1, nil, err
	}
	corrected, err := q.GetVisit(ctx, db.GetVisitParams{EntryID: v.Entry.ID, ID: v.CorrectsID})
	if errors.Is(err, pgx.ErrNoRows) || pg.Code(err) == notUUID {
		return 0, nil, fault.FromViolations("VISIT_INVALID", "劝返记录填写有误，请按提示修改后保存", []fault.Violation{
			{Field: "corrects_id", Reason: "VISIT_UNKNOWN", Message: "要更正的劝返记录不存在，请刷新后重试"},
		})
	}
	return corrected.Number, &corrected.ID, err
}

// ListVisits implements app.VisitStore.
func (s *Store) ListVisits(ctx context.Context, entryID string) ([]domain.Visit, error) {
	options := pg.TxOptions{ReadOnly: true, Local: naming(entryID)}
	rows, err := pg.InTxValueOptions(ctx, s.pool, options, func(tx pgx.Tx) ([]db.Visit, error) {
		return db.New(tx).ListVisits(ctx, entryID)
	})
	if err != nil {
		return nil, fmt.Errorf("visits of %s: %w", entryID, err)
	}
	visits, newest := make([]domain.Visit, len(rows)), map[int32]int{}
	for i, row := range rows {
		if visits[i], err = s.visitOf(row); err != nil {
			return nil, err
		}
		if before, ok := newest[row.Number]; ok {
			visits[before].Superseded = true
		}
		newest[row.Number] = i
	}
	return visits, nil
}

// visitFields binds what is sealed to a visit.
func (s *Store) visitFields(id string) *seal.Fields {
	return seal.NewFields(s.sealer, "verification visit "+id)
}

func (s *Store) visitOf(v db.Visit) (domain.Visit, error) {
	sealed := s.visitFields(v.ID)
	visit := domain.Visit{
		VisitForm: domain.VisitForm{
			Date: v.VisitDate.Format(time.DateOnly), NextDate: v.NextDate,
			Method: domain.VisitMethod(v.Method), Result: domain.VisitResult(v.Result),
			Persuaders:      sealed.Unseal("persuaders", v.PersuadersSealed),
			Contact:         sealed.Unseal("contact", v.ContactSealed),
			ChildSituation:  sealed.Unseal("child_situation", v.ChildSituationSealed),
			FamilySituation: sealed.Unseal("family_situation", v.FamilySituationSealed),
			Support:         sealed.Unseal("support", v.SupportSealed),
		},
		ID: v.ID, EntryID: v.EntryID, Number: v.Number, Author: v.Author, At: v.OccurredAt,
	}
	if v.CorrectsID != nil {
		visit.CorrectsID = *v.CorrectsID
	}
	if err := sealed.Err(); err != nil {
		return domain.Visit{}, fmt.Errorf("visit %s: %w", v.ID, err)
	}
	return visit, nil
}
