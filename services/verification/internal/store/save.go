package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/gather"
	"baoxue.internal/pkg/outbox"
	"baoxue.internal/pkg/pg"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

var (
	errReused = fault.New(fault.Invalid, "REQUEST_ID_REUSED", "该请求编号已用于其他内容，请重新提交")
	errTwice  = errors.New("one batch has two findings of an entry")
)

type answer = gather.Answer[app.Saved]

// SaveAll implements app.Store: a fixed number of statements, however many findings.
func (s *Store) SaveAll(ctx context.Context, saves []app.Save) ([]answer, error) {
	b := batch{store: s, saves: saves, answers: make([]answer, len(saves)), digests: make([][]byte, len(saves))}
	ids, seen := make([]string, len(saves)), map[string]bool{}
	for i, save := range saves {
		if ids[i] = save.Entry.ID; seen[ids[i]] {
			return nil, errTwice
		}
		seen[ids[i]] = true
		content := save.Form.Digest(save.Entry.ID, save.BaseRevision)
		// Keyed: of so few telephone numbers a plain digest could be tried out.
		b.digests[i] = s.sealer.Index("verification request", string(content[:]))
	}
	err := pg.InTxOptions(ctx, s.pool, pg.TxOptions{Local: append(naming(ids...), pg.ByKey...)}, func(tx pgx.Tx) error { return b.run(ctx, tx, ids) })
	switch {
	case err == nil:
		s.committed()
		return b.answers, nil
	// Two requests with one id about different entries lock different heads. Which of a
	// batch it is comes out when each is tried alone.
	case pg.IsUniqueViolation(err, "finding_requests_pkey"):
		return nil, errReused
	}
	return nil, fmt.Errorf("saving %d findings: %w", len(saves), err)
}

// batch is one transaction's worth of findings, each of another entry.
type batch struct {
	store   *Store
	saves   []app.Save
	answers []answer
	// digests are of the requests' contents.
	digests [][]byte
}

// accepted is a finding that becomes its entry's next revision.
type accepted struct {
	save     app.Save
	digest   []byte
	row      db.Finding
	previous string
	before   domain.Work
	state    domain.WorkState
}

// run gives every save its verdict, then writes what was accepted.
func (b *batch) run(ctx context.Context, tx pgx.Tx, ids []string) error {
	q := db.New(tx)
	rows, err := q.LockHeads(ctx, ids)
	if err != nil {
		return err
	}
	heads := make(map[string]db.LockHeadsRow, len(rows))
	for _, r := range rows {
		heads[r.EntryHead.EntryID] = r
	}
	b.answers = make([]answer, len(b.saves))
	answered, err := b.answeredBefore(ctx, q)
	if err != nil {
		return err
	}
	codes, err := newestCodes(ctx, q, rows)
	if err != nil {
		return err
	}
	var good []accepted
	var late []int
	for i, save := range b.saves {
		head := heads[save.Entry.ID]
		switch {
		case answered[i]:
		case head.EntryHead.Revision != save.BaseRevision:
			late = append(late, i)
		default:
			a, err := b.accept(save, head)
			if err != nil {
				return err
			}
			a.digest, a.previous = b.digests[i], codes[save.Entry.ID]
			good = append(good, a)
			f, err := b.store.findingOf(a.row)
			b.answers[i] = answer{Value: app.Saved{Finding: f, State: a.state}, Err: err}
		}
	}
	if err := b.conflicts(ctx, q, late); err != nil {
		return err
	}
	return b.write(ctx, tx, good)
}

// newestCodes are those that the entries have. A head from before there was a work state
// has to look.
func newestCodes(ctx context.Context, q *db.Queries, rows []db.LockHeadsRow) (map[string]string, error) {
	codes, unknown := make(map[string]string, len(rows)), []string(nil)
	for _, r := range rows {
		work, err := workOf(r.EntryHead)
		if err != nil {
			return nil, err
		}
		if codes[r.EntryHead.EntryID] = work.Code; work.Code == "" && r.EntryHead.Revision > 0 {
			unknown = append(unknown, r.EntryHead.EntryID)
		}
	}
	if len(unknown) == 0 {
		return codes, nil
	}
	newest, err := q.NewestFindings(ctx, unknown)
	for _, f := range newest {
		codes[f.EntryID] = f.Code
	}
	return codes, err
}

type request struct{ author, id string }

// answeredBefore answers retries, and refuses a request id with other content.
func (b *batch) answeredBefore(ctx context.Context, q *db.Queries) (done map[int]bool, err error) {
	var asked db.GetRequestsParams
	for _, save := range b.saves {
		if save.RequestID != "" {
			asked.AuthorIds = append(asked.AuthorIds, save.Author.ID)
			asked.RequestIds = append(asked.RequestIds, save.RequestID)
		}
	}
	if len(asked.RequestIds) == 0 {
		return nil, nil
	}
	rows, err := q.GetRequests(ctx, asked)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	known, findingIDs := map[request]db.GetRequestsRow{}, make([]string, len(rows))
	for i, r := range rows {
		known[request{r.AuthorID, r.RequestID}], findingIDs[i] = r, r.FindingID
	}
	stored, err := q.GetFindings(ctx, findingIDs)
	if err != nil {
		return nil, err
	}
	findings := map[string]db.Finding{}
	for _, f := range stored {
		findings[f.ID] = f
	}
	done = map[int]bool{}
	for i, save := range b.saves {
		r, ok := known[request{save.Author.ID, save.RequestID}]
		if !ok {
			continue
		}
		done[i] = true
		if !bytes.Equal(r.Digest, b.digests[i]) {
			b.answers[i].Err = errReused
			continue
		}
		b.answers[i].Value.Finding, b.answers[i].Err = b.store.findingOf(findings[r.FindingID])
	}
	return done, nil
}

// conflicts tells each of those who came too late who was before them.
func (b *batch) conflicts(ctx context.Context, q *db.Queries, late []int) error {
	if len(late) == 0 {
		return nil
	}
	ids := make([]string, len(late))
	for i, n := range late {
		ids[i] = b.saves[n].Entry.ID
	}
	rows, err := q.NewestFindings(ctx, ids)
	if err != nil {
		return err
	}
	newest := map[string]db.Finding{}
	for _, r := range rows {
		newest[r.EntryID] = r
	}
	for _, n := range late {
		row, ok := newest[b.saves[n].Entry.ID]
		if !ok {
			b.answers[n].Err = domain.ErrNoFindingYet
			continue
		}
		f, err := b.store.findingOf(row)
		if err != nil {
			return err
		}
		b.answers[n].Err = domain.ConflictWith(f, b.saves[n].Form)
	}
	return nil
}

func (b *batch) accept(save app.Save, head db.LockHeadsRow) (a accepted, err error) {
	before, err := workOf(head.EntryHead)
	if err != nil {
		return a, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return a, err
	}
	f, sealed := save.Form, b.store.fieldsOf(id.String())
	a = accepted{save: save, before: before, row: db.Finding{
		ID: id.String(), EntryID: save.Entry.ID, Revision: head.EntryHead.Revision + 1, Action: int16(f.Action), Code: f.Code,
		SchoolRegion: f.SchoolRegion, School: f.School, WitnessDate: save.WitnessDate,
		WitnessSealed:               sealed.Seal("witness", f.Witness),
		ExplanationSealed:           sealed.Seal("explanation", f.Explanation),
		CurrentSituationSealed:      sealed.Seal("current_situation", f.CurrentSituation),
		FamilySituationSealed:       sealed.Seal("family_situation", f.FamilySituation),
		ParentContactSealed:         sealed.Seal("parent_contact", f.ParentContact),
		NationalStudentNumberSealed: sealed.Seal("national_student_number", f.NationalStudentNumber),
		StandardFrom:                save.Code.ValidFrom, CodeName: save.Code.Name,
		CorrectsRevision: f.Correction.Revision, CorrectionReasonSealed: sealed.Seal("correction_reason", f.Correction.Reason),
		CountyCode: save.Entry.CountyCode, AuthorID: save.Author.ID, Author: save.Author.Name, OccurredAt: head.NextTime,
	}}
	if err := sealed.Err(); err != nil {
		return a, err
	}
	a.state = b.store.follow(before, save, a.row)
	a.row, err = b.store.chained(a.row, head.EntryHead.Digest)
	return a, err
}

// write stores what was accepted, with its trail and its events.
func (b *batch) write(ctx context.Context, tx pgx.Tx, good []accepted) error {
	if len(good) == 0 {
		return nil
	}
	params, err := columns(good)
	if err != nil {
		return err
	}
	params.Algorithm = string(b.store.algorithm)
	together := pg.NewPipeline(tx)
	if err := db.New(together).SaveFindings(ctx, params); err != nil {
		return err
	}
	if err := b.store.supervise(ctx, together, good); err != nil {
		return err
	}
	trail, events := make([]audit.Record, len(good)), make([]outbox.Event, 0, 2*len(good))
	for i, a := range good {
		trail[i] = submitted(a.save.Author, a.row, a.previous)
		events = append(events, outcomeChanged(a), workChanged(a.state, a.row.OccurredAt))
	}
	if err := audit.AppendAll(ctx, together, trail); err != nil {
		return err
	}
	if err := outbox.AppendAll(ctx, together, events); err != nil {
		return err
	}
	return together.Flush(ctx)
}

func columns(good []accepted) (p db.SaveFindingsParams, err error) {
	for _, a := range good {
		f := a.row
		work, err := storedOf(a.state)
		if err != nil {
			return p, err
		}
		p.Ids = append(p.Ids, f.ID)
		p.EntryIds = append(p.EntryIds, f.EntryID)
		p.Revisions = append(p.Revisions, f.Revision)
		p.Actions = append(p.Actions, f.Action)
		p.Codes = append(p.Codes, f.Code)
		p.SchoolRegions = append(p.SchoolRegions, f.SchoolRegion)
		p.Schools = append(p.Schools, f.School)
		p.WitnessesSealed = append(p.WitnessesSealed, f.WitnessSealed)
		p.WitnessDates = append(p.WitnessDates, f.WitnessDate)
		p.ExplanationsSealed = append(p.ExplanationsSealed, f.ExplanationSealed)
		p.CurrentSituationsSealed = append(p.CurrentSituationsSealed, f.CurrentSituationSealed)
		p.FamilySituationsSealed = append(p.FamilySituationsSealed, f.FamilySituationSealed)
		p.ParentContactsSealed = append(p.ParentContactsSealed, f.ParentContactSealed)
		p.NationalStudentNumbersSealed = append(p.NationalStudentNumbersSealed, f.NationalStudentNumberSealed)
		p.CountyCodes = append(p.CountyCodes, f.CountyCode)
		p.AuthorIds = append(p.AuthorIds, f.AuthorID)
		p.Authors = append(p.Authors, f.Author)
		p.Times = append(p.Times, f.OccurredAt)
		p.Works = append(p.Works, string(work))
		p.StandardsFrom = append(p.StandardsFrom, f.StandardFrom)
		p.CodeNames = append(p.CodeNames, f.CodeName)
		p.CorrectsRevisions = append(p.CorrectsRevisions, f.CorrectsRevision)
		p.CorrectionReasonsSealed = append(p.CorrectionReasonsSealed, f.CorrectionReasonSealed)
		p.Digests = append(p.Digests, f.Digest)
		p.RequestIds = append(p.RequestIds, a.save.RequestID)
		p.RequestDigests = append(p.RequestDigests, a.digest)
	}
	return p, nil
}

func outcomeChanged(a accepted) outbox.Event {
	return outbox.Event{
		Service: "verification", Name: "outcome_changed", Region: a.row.CountyCode, Time: a.row.OccurredAt,
		Body: &eventv1.OutcomeChanged{
			EntryId: a.row.EntryID, Revision: int32(a.row.Revision), Code: a.row.Code, PreviousCode: a.previous,
			CountyCode: a.row.CountyCode, OccurTime: timestamppb.New(a.row.OccurredAt),
		},
	}
}
