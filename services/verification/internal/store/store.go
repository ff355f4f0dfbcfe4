// Package store keeps findings in PostgreSQL.
package store

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/audit/chain"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
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
	// algorithm is the digest of the findings' chains.
	algorithm chain.Algorithm
	// committed is called after a transaction that appended events.
	committed func()
}

// New returns a store; committed wakes the relay.
func New(pool *pgxpool.Pool, sealer seal.Sealer, rules domain.Rules, algorithm chain.Algorithm, committed func()) *Store {
	return &Store{pool: pool, sealer: sealer, rules: rules, algorithm: algorithm, committed: committed}
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
			Action: domain.Action(f.Action), Code: f.Code, SchoolRegion: f.SchoolRegion, School: f.School,
			WitnessDate:           f.WitnessDate.Format(time.DateOnly),
			Witness:               sealed.Unseal("witness", f.WitnessSealed),
			Explanation:           sealed.Unseal("explanation", f.ExplanationSealed),
			CurrentSituation:      sealed.Unseal("current_situation", f.CurrentSituationSealed),
			FamilySituation:       sealed.Unseal("family_situation", f.FamilySituationSealed),
			ParentContact:         sealed.Unseal("parent_contact", f.ParentContactSealed),
			NationalStudentNumber: sealed.Unseal("national_student_number", f.NationalStudentNumberSealed),
			Correction:            domain.Correction{Revision: f.CorrectsRevision, Reason: sealed.Unseal("correction_reason", f.CorrectionReasonSealed)},
		},
		ID: f.ID, EntryID: f.EntryID, Revision: f.Revision, CountyCode: f.CountyCode, AuthorID: f.AuthorID, Author: f.Author, At: f.OccurredAt,
		StandardFrom: f.StandardFrom, CodeName: f.CodeName,
	}
	if err := sealed.Err(); err != nil {
		return domain.Finding{}, fmt.Errorf("finding %s: %w", f.ID, err)
	}
	return opened, nil
}
