package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
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
	errHeld   = fault.New(fault.Unavailable, "UNAVAILABLE", "该记录正被其他操作占用，请稍后再保存")
	errTwice  = errors.New("one batch has two findings of an entry")
)

// An entry that somebody else holds for longer than anything here takes would hold up whoever shares its
// batch, and all who wait for the batch: then each is tried alone, and only who wants that entry fails.
var untilHeld = pg.Setting{Name: "lock_timeout", Value: "3s"}

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
	err := b.save(ctx, ids)
	for tries := 1; overtaken(err) && tries < mostTries; tries++ {
		err = b.save(ctx, ids)
	}
	switch {
	case err == nil:
		s.committed()
		return b.answers, nil
	// One request id for two of the batch: which comes first comes out when each is tried alone.
	case pg.IsUniqueViolation(err, "finding_requests_pkey"):
		return nil, errReused
	case pg.Code(err) == pg.CodeLockNotAvailable:
		return nil, errHeld.Because(err)
	}
	return nil, fmt.Errorf("saving %d findings: %w", len(saves), err)
}

// mostTries are enough: what somebody else made is there the next time.
const mostTries = 3

// overtaken tells that somebody else wrote meanwhile what could not be held, since it was not there: a head,
// its first finding, or the same request, about this entry or another.
func overtaken(err error) bool {
	for _, key := range []string{"entry_heads_pkey", "findings_entry_id_revision_key", "finding_requests_pkey"} {
		if pg.IsUniqueViolation(err, key) {
			return true
		}
	}
	return false
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
	save   app.Save
	digest []byte
	row    db.Finding
	// headed says that the entry has a head.
	headed   bool
	previous string
	before   domain.Work
	state    domain.WorkState
}

// save gives every save its verdict, and writes what was accepted.
func (b *batch) save(ctx context.Context, ids []string) error {
	options := pg.TxOptions{Local: append(append(naming(ids...), pg.ByKey...), untilHeld)}
	return pg.InPipeline(ctx, b.store.pool, options, func(p *pg.Pipeline) error { return b.run(ctx, p, ids) })
}

func (b *batch) run(ctx context.Context, tx pg.Tx, ids []string) error {
	q := db.New(tx)
	if err := q.HoldHeads(ctx, ids); err != nil {
		return err
	}
	heads, err := b.heads(ctx, q)
	if err != nil {
		return err
	}
	b.answers = make([]answer, len(b.saves))
	answered, err := b.answeredBefore(ctx, q, heads)
	if err != nil {
		return err
	}
	var good []accepted
	var late []int
	for i, save := range b.saves {
		switch {
		case answered[i]:
		case heads[i].Revision != save.BaseRevision:
			late = append(late, i)
		default:
			a, err := b.accept(save, heads[i])
			if err != nil {
				return err
			}
			a.digest = b.digests[i]
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

// answeredBefore answers retries, and refuses a request id with other content.
func (b *batch) answeredBefore(ctx context.Context, q *db.Queries, heads []head) (done map[int]bool, err error) {
	var ids []string
	for _, head := range heads {
		if head.AnsweredBy != "" {
			ids = append(ids, head.AnsweredBy)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	stored, err := q.GetFindings(ctx, ids)
	if err != nil {
		return nil, err
	}
	findings := map[string]db.Finding{}
	for _, f := range stored {
		findings[f.ID] = f
	}
	done = map[int]bool{}
	for i, head := range heads {
		switch {
		case head.AnsweredBy == "":
			continue
		case bytes.Equal(head.RequestDigest, b.digests[i]):
			b.answers[i].Value.Finding, b.answers[i].Err = b.store.findingOf(findings[head.AnsweredBy])
		default:
			b.answers[i].Err = errReused
		}
		done[i] = true
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

func (b *batch) accept(save app.Save, h head) (a accepted, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return a, err
	}
	f, sealed := save.Form, b.store.fieldsOf(id.String())
	a = accepted{save: save, headed: h.There, previous: h.code, before: h.work, row: db.Finding{
		ID: id.String(), EntryID: save.Entry.ID, Revision: h.Revision + 1, Action: int16(f.Action), Code: f.Code,
		SchoolRegion: f.SchoolRegion, School: f.School, WitnessDate: save.WitnessDate,
		WitnessSealed:               sealed.Seal("witness", f.Witness),
		ExplanationSealed:           sealed.Seal("explanation", f.Explanation),
		CurrentSituationSealed:      sealed.Seal("current_situation", f.CurrentSituation),
		FamilySituationSealed:       sealed.Seal("family_situation", f.FamilySituation),
		ParentContactSealed:         sealed.Seal("parent_contact", f.ParentContact),
		NationalStudentNumberSealed: sealed.Seal("national_student_number", f.NationalStudentNumber),
		StandardFrom:                save.Code.ValidFrom, CodeName: save.Code.Name,
		CorrectsRevision: f.Correction.Revision, CorrectionReasonSealed: sealed.Seal("correction_reason", f.Correction.Reason),
		CountyCode: save.Entry.CountyCode, AuthorID: save.Author.ID, Author: save.Author.Name, OccurredAt: h.NextTime,
	}}
	if err := sealed.Err(); err != nil {
		return a, err
	}
	a.state = b.store.follow(h.work, save, a.row)
	a.row, err = b.store.chained(a.row, h.Digest)
	return a, err
}

// write stores what was accepted, with its trail and its events.
func (b *batch) write(ctx context.Context, tx pg.Tx, good []accepted) error {
	if len(good) == 0 {
		return nil
	}
	// Those who make heads don't wait for each other in a circle either.
	slices.SortFunc(good, func(a, b accepted) int { return strings.Compare(a.row.EntryID, b.row.EntryID) })
	params, err := columns(good)
	if err != nil {
		return err
	}
	params.Algorithm = string(b.store.algorithm)
	if err := db.New(tx).SaveFindings(ctx, params); err != nil {
		return err
	}
	if err := b.store.supervise(ctx, tx, good); err != nil {
		return err
	}
	trail, events := make([]audit.Record, len(good)), make([]outbox.Event, 0, 2*len(good))
	for i, a := range good {
		trail[i] = submitted(a.save.Author, a.row, a.previous)
		events = append(events, outcomeChanged(a), workChanged(a.state, a.row.OccurredAt))
	}
	if err := audit.AppendAll(ctx, tx, trail); err != nil {
		return err
	}
	return outbox.AppendAll(ctx, tx, events)
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
		p.Headed = append(p.Headed, a.headed)
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
