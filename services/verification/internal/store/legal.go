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

// legalEntry is an entry whose legal steps are changed, under its lock.
type legalEntry struct {
	tx pgx.Tx
	// id and at are those of what is added.
	id    string
	at    time.Time
	work  domain.Work
	steps []domain.LegalStep
}

// legalChange is what one change comes to.
type legalChange struct {
	step  domain.LegalStep
	state domain.WorkState
}

// RecordLegalStep implements app.LegalStore.
func (s *Store) RecordLegalStep(
	ctx context.Context, entry domain.Entry, author domain.Author, form domain.LegalStepForm, today time.Time,
) (domain.LegalStep, domain.WorkState, error) {
	changed, err := s.changeLegal(ctx, entry, func(e *legalEntry) (domain.LegalStep, error) {
		step, err := e.work.NewLegalStep(form, entry, e.steps, s.rules.LegalLadder, today)
		if err != nil {
			return step, err
		}
		step.ID, step.At, step.Author = e.id, e.at, author.Name
		sealed := s.rowFields("legal step", step.ID)
		params := db.InsertLegalStepParams{
			ID: step.ID, EntryID: entry.ID, Number: int32(step.Number), Revision: step.Revision, Code: step.Code, Name: step.Name, StepDate: step.On,
			DocumentNumberSealed: sealed.Seal("document_number", step.DocumentNumber),
			AuthoritySealed:      sealed.Seal("authority", step.Authority),
			NoteSealed:           sealed.Seal("note", step.Note),
			CountyCode:           entry.CountyCode, AuthorID: author.ID, Author: author.Name, OccurredAt: step.At,
		}
		if err := sealed.Err(); err != nil {
			return step, err
		}
		if err := db.New(e.tx).InsertLegalStep(ctx, params); err != nil {
			return step, err
		}
		e.steps = append(e.steps, step)
		return step, audit.Append(ctx, e.tx, recorded("legal_step.record", entry, legalDetails(step)))
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
	changed, err := s.changeLegal(ctx, entry, func(e *legalEntry) (domain.LegalStep, error) {
		place := slices.IndexFunc(e.steps, func(step domain.LegalStep) bool { return step.ID == stepID })
		if place < 0 {
			return domain.LegalStep{}, domain.ErrNotFound
		}
		step := &e.steps[place]
		if step.Withdrawal != nil {
			return *step, domain.ErrLegalStepWithdrawn
		}
		sealed := s.rowFields("legal step withdrawal", stepID)
		params := db.WithdrawLegalStepParams{
			StepID: stepID, EntryID: entry.ID, ReasonSealed: sealed.Seal("reason", reason),
			CountyCode: entry.CountyCode, AuthorID: author.ID, Author: author.Name, OccurredAt: e.at,
		}
		if err := sealed.Err(); err != nil {
			return *step, err
		}
		if err := db.New(e.tx).WithdrawLegalStep(ctx, params); err != nil {
			return *step, err
		}
		step.Withdrawal = &domain.Withdrawal{Reason: reason, Author: author.Name, At: e.at}
		return *step, audit.Append(ctx, e.tx, recorded("legal_step.withdraw", entry, legalDetails(*step)))
	})
	if err != nil {
		return domain.LegalStep{}, domain.WorkState{}, fmt.Errorf("withdrawing legal step %s: %w", stepID, err)
	}
	return changed.step, changed.state, nil
}

func legalDetails(step domain.LegalStep) map[string]string {
	return map[string]string{"legal_step": step.ID, "number": strconv.Itoa(step.Number), "measure": step.Code}
}

// changeLegal runs fn, which returns the step that it added to the entry's, or changed.
func (s *Store) changeLegal(ctx context.Context, entry domain.Entry, fn func(*legalEntry) (domain.LegalStep, error)) (legalChange, error) {
	return onEntry(ctx, s, entry.ID, func(tx pgx.Tx, head db.EntryHead) (c legalChange, err error) {
		e := &legalEntry{tx: tx}
		if e.work, err = workOf(head.EntryID, head.Work); err != nil {
			return c, err
		}
		if e.steps, err = s.legalSteps(ctx, tx, entry.ID); err != nil {
			return c, err
		}
		if e.id, e.at, err = stamped(ctx, db.New(tx)); err != nil {
			return c, err
		}
		if c.step, err = fn(e); err != nil {
			return c, err
		}
		c.state, err = s.setWork(ctx, tx, head, entry.CountyCode, e.work.AfterLegalSteps(e.steps, s.rules), e.at)
		return c, err
	})
}

// TellLegalSteps tells of the steps that were recorded before others were told which.
func (s *Store) TellLegalSteps(ctx context.Context) error {
	untold, err := inScope(ctx, s, domain.WholeProvince, func(q *db.Queries) ([]db.ListUnnamedLegalStepsRow, error) { return q.ListUnnamedLegalSteps(ctx) })
	if err != nil {
		return fmt.Errorf("legal steps that were told to nobody: %w", err)
	}
	for _, u := range untold {
		entry := domain.Entry{ID: u.EntryID, CountyCode: u.CountyCode}
		asTheyAre := func(*legalEntry) (domain.LegalStep, error) { return domain.LegalStep{}, nil }
		if _, err := s.changeLegal(ctx, entry, asTheyAre); err != nil {
			return fmt.Errorf("telling the legal steps of %s: %w", u.EntryID, err)
		}
	}
	return nil
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
