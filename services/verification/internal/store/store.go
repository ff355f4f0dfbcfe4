// Package store keeps findings in PostgreSQL.
package store

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/outbox"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// Migrations are verification's own tables, in the folder "migrations".
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Store is verification's database.
type Store struct {
	pool   *pgxpool.Pool
	sealer seal.Sealer
	rules  domain.Rules
	// committed is called after a transaction that appended events.
	committed func()
}

// New returns a store; committed wakes the relay.
func New(pool *pgxpool.Pool, sealer seal.Sealer, rules domain.Rules, committed func()) *Store {
	return &Store{pool: pool, sealer: sealer, rules: rules, committed: committed}
}

// Standards implements app.Store.
func (s *Store) Standards(ctx context.Context) (domain.Standards, error) {
	rows, err := db.New(s.pool).ListCodes(ctx)
	if err != nil {
		return nil, fmt.Errorf("classification standard: %w", err)
	}
	standards := make(domain.Standards, len(rows))
	for i, r := range rows {
		standards[i] = domain.Code{Code: r.Code, Name: r.Name, Explanation: r.Explanation, Action: domain.Action(r.Action), ValidFrom: r.ValidFrom}
	}
	return standards, nil
}

// Save implements app.Store.
func (s *Store) Save(ctx context.Context, save app.Save) (domain.Finding, error) {
	content := save.Form.Digest(save.Entry.ID, save.BaseRevision)
	// Keyed: of so few telephone numbers a plain digest could be tried out.
	digest := s.sealer.Index("verification request", string(content[:]))
	saved, err := pg.InTxValueOptions(ctx, s.pool, pg.TxOptions{Local: naming(save.Entry.ID)}, func(tx pgx.Tx) (db.Finding, error) {
		q := db.New(tx)
		if err := q.EnsureHead(ctx, save.Entry.ID); err != nil {
			return db.Finding{}, err
		}
		head, err := q.LockHead(ctx, save.Entry.ID)
		if err != nil {
			return db.Finding{}, err
		}
		if answered, done, err := answeredBefore(ctx, q, save, digest); done || err != nil {
			return answered, err
		}
		if head.Revision != save.BaseRevision {
			return db.Finding{}, s.conflict(ctx, q, head)
		}
		return s.insert(ctx, tx, save, head, digest)
	})
	// Two requests with one id about different entries lock different heads.
	if pg.IsUniqueViolation(err, "finding_requests_pkey") {
		return domain.Finding{}, errReused
	}
	if err != nil {
		return domain.Finding{}, fmt.Errorf("saving a finding of %s: %w", save.Entry.ID, err)
	}
	s.committed()
	return s.findingOf(saved)
}

var errReused = fault.New(fault.Invalid, "REQUEST_ID_REUSED", "该请求编号已用于其他内容，请重新提交")

func answeredBefore(ctx context.Context, q *db.Queries, save app.Save, digest []byte) (f db.Finding, done bool, err error) {
	if save.RequestID == "" {
		return f, false, nil
	}
	request, err := q.GetRequest(ctx, db.GetRequestParams{AuthorID: save.Author.ID, RequestID: save.RequestID})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return f, false, nil
	case err != nil:
		return f, false, err
	case !bytes.Equal(request.Digest, digest):
		return f, true, errReused
	}
	return request.Finding, true, nil
}

func (s *Store) conflict(ctx context.Context, q *db.Queries, head db.EntryHead) error {
	if head.Revision == 0 {
		return fault.New(fault.Conflict, "REVISION_CONFLICT", "该记录尚无核查结果，请刷新后重新填写")
	}
	newest, err := q.GetRevision(ctx, db.GetRevisionParams{EntryID: head.EntryID, Revision: head.Revision})
	if err != nil {
		return err
	}
	f, err := s.findingOf(newest)
	if err != nil {
		return err
	}
	return domain.Conflict(f)
}

func (s *Store) insert(ctx context.Context, tx pgx.Tx, save app.Save, head db.EntryHead, digest []byte) (db.Finding, error) {
	q := db.New(tx)
	previous := ""
	if head.Revision > 0 {
		newest, err := q.GetRevision(ctx, db.GetRevisionParams{EntryID: head.EntryID, Revision: head.Revision})
		if err != nil {
			return db.Finding{}, err
		}
		previous = newest.Code
	}
	at, err := q.NextTime(ctx, head.OccurredAt)
	if err != nil {
		return db.Finding{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return db.Finding{}, err
	}
	f, sealed := save.Form, s.fieldsOf(id.String())
	params := db.InsertFindingParams{
		ID: id.String(), EntryID: head.EntryID, Revision: head.Revision + 1, Action: int16(f.Action), Code: f.Code,
		SchoolRegion: f.SchoolRegion, School: f.School, Witness: f.Witness, WitnessDate: save.WitnessDate,
		ExplanationSealed:           sealed.Seal("explanation", f.Explanation),
		CurrentSituationSealed:      sealed.Seal("current_situation", f.CurrentSituation),
		FamilySituationSealed:       sealed.Seal("family_situation", f.FamilySituation),
		ParentContactSealed:         sealed.Seal("parent_contact", f.ParentContact),
		NationalStudentNumberSealed: sealed.Seal("national_student_number", f.NationalStudentNumber),
		CountyCode:                  save.Entry.CountyCode, AuthorID: save.Author.ID, Author: save.Author.Name, OccurredAt: at,
	}
	if err := sealed.Err(); err != nil {
		return db.Finding{}, err
	}
	saved, err := q.InsertFinding(ctx, params)
	if err != nil {
		return db.Finding{}, err
	}
	if err := q.MoveHead(ctx, db.MoveHeadParams{EntryID: head.EntryID, Revision: saved.Revision, OccurredAt: at}); err != nil {
		return db.Finding{}, err
	}
	if save.RequestID != "" {
		if err := q.InsertRequest(ctx, db.InsertRequestParams{
			AuthorID: save.Author.ID, RequestID: save.RequestID, Digest: digest, FindingID: saved.ID,
		}); err != nil {
			return db.Finding{}, err
		}
	}
	if err := s.follow(ctx, tx, save, head, saved); err != nil {
		return db.Finding{}, err
	}
	if err := audit.Append(ctx, tx, submitted(saved, previous)); err != nil {
		return db.Finding{}, err
	}
	return saved, outbox.Append(ctx, tx, outbox.Event{
		Service: "verification", Name: "outcome_changed", Region: save.Entry.CountyCode, Time: at,
		Body: &eventv1.OutcomeChanged{
			EntryId: head.EntryID, Revision: int32(saved.Revision), Code: f.Code, PreviousCode: previous,
			CountyCode: save.Entry.CountyCode, OccurTime: timestamppb.New(at),
		},
	})
}

// ListFindings implements app.Store.
func (s *Store) ListFindings(ctx context.Context, entryID string) ([]domain.Finding, error) {
	rows, err := s.read(ctx, []string{entryID}, func(q *db.Queries) ([]db.Finding, error) { return q.ListFindings(ctx, entryID) })
	if err != nil {
		return nil, fmt.Errorf("findings of %s: %w", entryID, err)
	}
	return s.findingsOf(rows)
}

// NewestFindings implements app.Store.
func (s *Store) NewestFindings(ctx context.Context, entryIDs []string) ([]domain.Finding, error) {
	rows, err := s.read(ctx, entryIDs, func(q *db.Queries) ([]db.Finding, error) { return q.NewestFindings(ctx, entryIDs) })
	if err != nil {
		return nil, fmt.Errorf("newest findings: %w", err)
	}
	return s.findingsOf(rows)
}

// naming is the setting that the row-level security policy of the findings reads:
// without it a transaction sees none.
func naming(entryIDs ...string) []pg.Setting {
	return []pg.Setting{{Name: "baoxue.entries", Value: strings.Join(entryIDs, ",")}}
}

func (s *Store) read(ctx context.Context, entryIDs []string, find func(*db.Queries) ([]db.Finding, error)) ([]db.Finding, error) {
	options := pg.TxOptions{ReadOnly: true, Local: naming(entryIDs...)}
	return pg.InTxValueOptions(ctx, s.pool, options, func(tx pgx.Tx) ([]db.Finding, error) { return find(db.New(tx)) })
}

func (s *Store) findingsOf(rows []db.Finding) (findings []domain.Finding, err error) {
	findings = make([]domain.Finding, len(rows))
	for i, r := range rows {
		if findings[i], err = s.findingOf(r); err != nil {
			return nil, err
		}
	}
	return findings, nil
}

// fieldsOf binds what is sealed to a finding.
func (s *Store) fieldsOf(id string) *seal.Fields {
	return seal.NewFields(s.sealer, "verification finding "+id)
}

func (s *Store) findingOf(f db.Finding) (domain.Finding, error) {
	sealed := s.fieldsOf(f.ID)
	opened := domain.Finding{
		Form: domain.Form{
			Action: domain.Action(f.Action), Code: f.Code, SchoolRegion: f.SchoolRegion, School: f.School, Witness: f.Witness,
			WitnessDate:           f.WitnessDate.Format(time.DateOnly),
			Explanation:           sealed.Unseal("explanation", f.ExplanationSealed),
			CurrentSituation:      sealed.Unseal("current_situation", f.CurrentSituationSealed),
			FamilySituation:       sealed.Unseal("family_situation", f.FamilySituationSealed),
			ParentContact:         sealed.Unseal("parent_contact", f.ParentContactSealed),
			NationalStudentNumber: sealed.Unseal("national_student_number", f.NationalStudentNumberSealed),
		},
		ID: f.ID, EntryID: f.EntryID, Revision: f.Revision, CountyCode: f.CountyCode, AuthorID: f.AuthorID, Author: f.Author, At: f.OccurredAt,
	}
	if err := sealed.Err(); err != nil {
		return domain.Finding{}, fmt.Errorf("finding %s: %w", f.ID, err)
	}
	return opened, nil
}
