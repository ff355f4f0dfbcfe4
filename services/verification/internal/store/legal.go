package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// legalChange is what one change of an entry's legal steps comes to.
type legalChange struct {
	step  domain.LegalStep
	state domain.WorkState
}

// RecordLegalStep implements app.LegalStore.
func (s *Store) RecordLegalStep(
	ctx context.Context, entry domain.Entry, author domain.Author, form domain.LegalStepForm, today time.Time,
) (domain.LegalStep, domain.WorkState, error) {
	changed, err := s.changeLegal(ctx, entry, func(tx pgx.Tx, id string, at time.Time, work domain.Work, taken []domain.LegalStep) ([]domain.LegalStep, int, error) {
		step, err := work.NewLegalStep(form, entry, taken, s.rules.LegalLadder, today)
		if err != nil {
			return nil, 0, err
		}
		step.ID, step.At, step.Author = id, at, author.Name
		sealed := s.rowFields("legal step", step.ID)
		params := db.InsertLegalStepParams{
			ID: step.ID, EntryID: entry.ID, Number: int32(step.Number), Revision: step.Revision, Code: step.Code, Name: step.Name, StepDate: step.On,
			DocumentNumberSealed: sealed.Seal("document_number", step.DocumentNumber),
			AuthoritySealed:      sealed.Seal("authority", step.Authority),
			NoteSealed:           sealed.Seal("note", step.Note),
			CountyCode:           entry.CountyCode, AuthorID: author.ID, Author: author.Name, OccurredAt: step.At,
		}
		if err := sealed.Err(); err != nil {
			return nil, 0, err
		}
		if err := db.New(tx).InsertLegalStep(ctx, params); err != nil {
			return nil, 0, err
		}
		return append(taken, step), len(taken), audit.Append(ctx, tx, recorded("legal_step.record", entry, legalDetails(step)))
	})
	if err != nil {
		return domain.LegalStep{}, domain.WorkState{}, fmt.Errorf("recording a legal step of %s: %w", entry.ID, err)
	}
	return changed.step, changed.state, nil
}

// WithdrawLegalStep implements app.LegalStore.
func (s *Store) WithdrawLegalStep(
	ctx context.Context, entry domain.Entry, author domain.Author, stepID, reason string,
) (domain.LegalStep, domain.WorkState, error) {
	changed, err := s.changeLegal(ctx, entry, func(tx pgx.Tx, _ string, at time.Time, _ domain.Work, steps []domain.LegalStep) ([]domain.LegalStep, int, error) {
		place := slices.IndexFunc(steps, func(step domain.LegalStep) bool { return step.ID == stepID })
		if place < 0 {
			return nil, 0, domain.ErrNotFound
		}
		if steps[place].Withdrawal != nil {
			return nil, 0, domain.ErrLegalStepWithdrawn
		}
		sealed := s.rowFields("legal step withdrawal", stepID)
		params := db.WithdrawLegalStepParams{
			StepID: stepID, EntryID: entry.ID, ReasonSealed: sealed.Seal("reason", reason),
			CountyCode: entry.CountyCode, AuthorID: author.ID, Author: author.Name, OccurredAt: at,
		}
		if err := sealed.Err(); err != nil {
			return nil, 0, err
		}
		if err := db.New(tx).WithdrawLegalStep(ctx, params); err != nil {
			return nil, 0, err
		}
		steps[place].Withdrawal = &domain.Withdrawal{Reason: reason, Author: author.Name, At: at}
		return steps, place, audit.Append(ctx, tx, recorded("legal_step.withdraw", entry, legalDetails(steps[place])))
	})
	if err != nil {
		return domain.LegalStep{}, domain.WorkState{}, fmt.Errorf("withdrawing legal step %s: %w", stepID, err)
	}
	return changed.step, changed.state, nil
}

func legalDetails(step domain.LegalStep) map[string]string {
	return map[string]string{"legal_step": step.ID, "number": strconv.Itoa(step.Number), "measure": step.Code}
}

// changeLegal runs fn under the entry's lock. It is told the id and the time of what it adds, the work
// and the steps; it returns the steps, and the place of the one that it added or changed.
func (s *Store) changeLegal(
	ctx context.Context, entry domain.Entry,
	fn func(tx pgx.Tx, id string, at time.Time, work domain.Work, steps []domain.LegalStep) (after []domain.LegalStep, place int, err error),
) (legalChange, error) {
	return onEntry(ctx, s, entry.ID, func(tx pgx.Tx, head db.EntryHead) (c legalChange, err error) {
		work, err := workOf(head.EntryID, head.Work)
		if err != nil {
			return c, err
		}
		steps, err := s.legalSteps(ctx, tx, entry.ID)
		if err != nil {
			return c, err
		}
		id, at, err := stamped(ctx, db.New(tx))
		if err != nil {
			return c, err
		}
		steps, place, err := fn(tx, id, at, work, steps)
		if err != nil {
			return c, err
		}
		c.step = steps[place]
		c.state, err = s.setWork(ctx, tx, head, entry.CountyCode, work.AfterLegalSteps(steps, s.rules), at)
		return c, err
	})
}

// ListLegalSteps implements app.LegalStore.
func (s *Store) ListLegalSteps(ctx context.Context, entryID string) (steps []domain.LegalStep, next string, err error) {
	options := pg.TxOptions{Isolation: pgx.RepeatableRead, ReadOnly: true, Local: naming(entryID)}
	err = pg.InTxOptions(ctx, s.pool, options, func(tx pgx.Tx) error {
		head, err := db.New(tx).GetHead(ctx, entryID)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		work, err := workOf(head.EntryID, head.Work)
		if err != nil {
			return err
		}
		steps, err = s.legalSteps(ctx, tx, entryID)
		next = work.NextLegalStep(steps, s.rules.LegalLadder)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("legal steps of %s: %w", entryID, err)
	}
	return steps, next, nil
}

func (s *Store) legalSteps(ctx context.Context, tx pgx.Tx, entryID string) ([]domain.LegalStep, error) {
	rows, err := db.New(tx).ListLegalSteps(ctx, entryID)
	if err != nil {
		return nil, err
	}
	steps := make([]domain.LegalStep, len(rows))
	for i, r := range rows {
		if steps[i], err = s.legalStepOf(r); err != nil {
			return nil, err
		}
	}
	return steps, nil
}

func (s *Store) legalStepOf(r db.ListLegalStepsRow) (domain.LegalStep, error) {
	row, sealed := r.LegalStep, s.rowFields("legal step", r.LegalStep.ID)
	step := domain.LegalStep{
		LegalStepForm: domain.LegalStepForm{
			Code: row.Code, Date: row.StepDate.Format(time.DateOnly),
			DocumentNumber: sealed.Unseal("document_number", row.DocumentNumberSealed),
			Authority:      sealed.Unseal("authority", row.AuthoritySealed),
			Note:           sealed.Unseal("note", row.NoteSealed),
		},
		ID: row.ID, EntryID: row.EntryID, On: row.StepDate, Name: row.Name, Number: int(row.Number), Revision: row.Revision,
		Author: row.Author, At: row.OccurredAt,
	}
	if err := sealed.Err(); err != nil {
		return domain.LegalStep{}, fmt.Errorf("legal step %s: %w", row.ID, err)
	}
	if r.WithdrawnAt == nil {
		return step, nil
	}
	withdrawn := s.rowFields("legal step withdrawal", row.ID)
	step.Withdrawal = &domain.Withdrawal{Reason: withdrawn.Unseal("reason", r.ReasonSealed), Author: r.WithdrawnBy, At: *r.WithdrawnAt}
	if err := withdrawn.Err(); err != nil {
		return domain.LegalStep{}, fmt.Errorf("withdrawal of legal step %s: %w", row.ID, err)
	}
	return step, nil
}
