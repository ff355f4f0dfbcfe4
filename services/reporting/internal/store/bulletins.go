package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store/db"
)

// Issues implements app.IssueStore.
func (s *Store) Issues(ctx context.Context, m domain.Month) ([]domain.Issue, error) {
	return issues(ctx, db.New(s.pool), m)
}

// LastIssued implements app.IssueStore.
func (s *Store) LastIssued(ctx context.Context) (i domain.Issue, issued bool, err error) {
	row, err := db.New(s.pool).LastIssued(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return i, false, nil
	}
	if err == nil {
		i, err = issueOf(row)
	}
	if err != nil {
		return i, false, fmt.Errorf("the last bulletin: %w", err)
	}
	return i, true, nil
}

// WithIssues implements app.IssueStore. A number is taken by one at a time, of whatever month.
func (s *Store) WithIssues(ctx context.Context, m domain.Month, fn func(app.IssueTx) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.LockNumbers(ctx); err != nil {
			return err
		}
		return fn(issueTx{tx: tx, q: q, month: m})
	})
	if err != nil {
		return fmt.Errorf("bulletin of %s: %w", m, err)
	}
	return nil
}

type issueTx struct {
	tx    pgx.Tx
	q     *db.Queries
	month domain.Month
}

// Issues implements app.IssueTx.
func (t issueTx) Issues(ctx context.Context) ([]domain.Issue, error) {
	return issues(ctx, t.q, t.month)
}

// Snapshot implements app.IssueTx.
func (t issueTx) Snapshot(ctx context.Context) (app.Snapshot, error) {
	return snapshot(ctx, t.q, t.month)
}

// SaveDraft implements app.IssueTx.
func (t issueTx) SaveDraft(ctx context.Context, i domain.Issue) (domain.Issue, error) {
	row, err := t.q.SaveDraft(ctx, db.SaveDraftParams{
		Month: t.month.String(), Version: int32(i.Version), Snapshot: i.Snapshot, Body: i.Text, Requirements: i.Requirements,
		ChangeNote: i.ChangeNote, Drafter: i.Drafter,
	})
	return t.told(ctx, "draft", row, err)
}

// Sign implements app.IssueTx.
func (t issueTx) Sign(ctx context.Context, i domain.Issue) (domain.Issue, error) {
	row, err := t.q.SignBulletin(ctx, db.SignBulletinParams{Month: t.month.String(), Version: int32(i.Version), Signer: i.Signer})
	return t.told(ctx, "sign", row, err)
}

// NextNumber implements app.IssueTx.
func (t issueTx) NextNumber(ctx context.Context, year int) (int, error) {
	y := int32(year)
	last, err := t.q.LastIssueNumber(ctx, &y)
	return int(last) + 1, err
}

// Issue implements app.IssueTx.
func (t issueTx) Issue(ctx context.Context, i domain.Issue) (domain.Issue, error) {
	year, number := int32(i.Year), int32(i.Number)
	row, err := t.q.IssueBulletin(ctx, db.IssueBulletinParams{
		Month: t.month.String(), Version: int32(i.Version), Issuer: i.Issuer, IssuedAt: &i.IssuedAt,
		IssueYear: &year, IssueNumber: &number, Page: i.Page, Digest: i.Digest, Document: i.Document, DocumentDigest: i.DocumentDigest,
		Workbook: i.Workbook, WorkbookDigest: i.WorkbookDigest,
	})
	return t.told(ctx, "issue", row, err)
}

// told records a step in the trail.
func (t issueTx) told(ctx context.Context, step string, row db.Bulletin, err error) (domain.Issue, error) {
	if err != nil {
		return domain.Issue{}, err
	}
	i, err := issueOf(row)
	if err != nil {
		return i, err
	}
	return i, audit.Append(ctx, t.tx, audit.Record{
		Action: "bulletin." + step, ResourceType: "month", ResourceID: t.month.String(), Reason: i.ChangeNote,
		Details: map[string]string{"version": strconv.Itoa(i.Version), "number": i.Label(), "digest": i.Digest},
	})
}

func issues(ctx context.Context, q *db.Queries, m domain.Month) ([]domain.Issue, error) {
	rows, err := q.ListBulletins(ctx, m.String())
	if err != nil {
		return nil, fmt.Errorf("bulletins of %s: %w", m, err)
	}
	found := make([]domain.Issue, len(rows))
	for i, row := range rows {
		if found[i], err = issueOf(row); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func issueOf(r db.Bulletin) (domain.Issue, error) {
	m, err := domain.ParseMonth(r.Month)
	i := domain.Issue{
		Month: m, Version: int(r.Version), State: domain.IssueState(r.State), Snapshot: r.Snapshot, Text: r.Body, Requirements: r.Requirements,
		ChangeNote: r.ChangeNote, Drafter: r.Drafter, Signer: r.Signer, Issuer: r.Issuer, Page: r.Page, Digest: r.Digest,
		Document: r.Document, DocumentDigest: r.DocumentDigest, Workbook: r.Workbook, WorkbookDigest: r.WorkbookDigest,
	}
	if i.State == domain.Issued {
		i.IssuedAt, i.Year, i.Number = *r.IssuedAt, int(*r.IssueYear), int(*r.IssueNumber)
	}
	return i, err
}
