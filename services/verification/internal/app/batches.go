package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/google/uuid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/verification/internal/domain"
)

// WorklistSource are the children of a worklist, as the ledger shows them to the caller.
type WorklistSource interface {
	// Rows gives entry, revision and what is shown of each child; ErrWorklistTooLong
	// above most.
	Rows(ctx context.Context, most int) ([]domain.WorklistRow, error)
}

// Hints are what a worklist offers for choice.
type Hints struct {
	Codes []domain.Code
	// Regions as "330106 西湖区".
	Regions []string
}

// RegionNames lists where a child may go to school.
type RegionNames interface {
	// Hints are the province's counties and the other provinces.
	Hints(ctx context.Context) ([]string, error)
}

// Sheets are worklists as files.
type Sheets interface {
	Write(to io.Writer, list domain.Worklist, hints Hints, verdicts []RowVerdict) error
	// Read refuses what is not a worklist of Baoxue's.
	Read(path string) (domain.Worklist, error)
}

// RowState is what becomes of a row.
type RowState int

// The states; they are stored.
const (
	RowReady RowState = 1
	RowBad   RowState = 2
	RowSaved RowState = 3
)

// RowVerdict is what is said of a row in which anything was filled in.
type RowVerdict struct {
	// Row is its place in the list, from 0.
	Row      int
	State    RowState
	Problems []Problem
}

// Problem is what is wrong with a row, or with one column of it.
type Problem struct{ Column, Reason, Message string }

// Batch is a worklist that came back.
type Batch struct {
	ID       string
	AuthorID string
	At       time.Time
	List     domain.Worklist
	// Verdicts are in the order of the rows.
	Verdicts []RowVerdict
}

// Count is how many rows are in a state.
func (b Batch) Count(state RowState) (n int) {
	for _, v := range b.Verdicts {
		if v.State == state {
			n++
		}
	}
	return n
}

// BatchStore keeps batches, each for its author alone.
type BatchStore interface {
	RecordWorklist(ctx context.Context, listID string, rows int) error
	CreateBatch(ctx context.Context, b Batch) (Batch, error)
	// GetBatch returns ErrBatchUnknown for somebody else's as for one that is not.
	GetBatch(ctx context.Context, authorID, id string) (Batch, error)
	UpdateBatch(ctx context.Context, b Batch) error
	RecordBatchExport(ctx context.Context, b Batch) error
	// Answered are those of an author's request ids that saved something.
	Answered(ctx context.Context, authorID string, entryIDs, requestIDs []string) (map[string]bool, error)
}

// ErrBatchUnknown is the answer for a batch that is kept no more, too.
var ErrBatchUnknown = fault.New(fault.NotFound, "NOT_FOUND", "没有找到这次上传，或已超过保存期限，请重新上传")

// Marker makes marks that nobody else can make.
type Marker interface {
	// Index is a keyed digest for one purpose.
	Index(purpose, text string) []byte
}

// Batches are the use cases of worklists.
type Batches struct {
	Findings Findings
	Store    BatchStore
	Marks    Marker
	Regions  RegionNames
	Sheets   Sheets
}

// Export writes a worklist.
func (u Batches) Export(ctx context.Context, source WorklistSource, to io.Writer) error {
	rows, err := source.Rows(ctx, domain.MostWorklistRows)
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	list := domain.Worklist{ID: id.String(), Rows: rows}
	for i, r := range rows {
		list.Rows[i].Mark = u.mark(list.ID, r)
	}
	hints, _, err := u.hints(ctx)
	if err != nil {
		return err
	}
	// Recorded before anything leaves.
	if err := u.Store.RecordWorklist(ctx, list.ID, len(rows)); err != nil {
		return err
	}
	return u.Sheets.Write(to, list, hints, nil)
}

func (u Batches) hints(ctx context.Context) (Hints, domain.Standard, error) {
	codes, err := u.Findings.Standard.Codes(ctx, u.Findings.Now().In(domain.Shanghai))
	if err != nil {
		return Hints{}, nil, err
	}
	standard := domain.Standard{}
	for _, c := range codes {
		standard[c.Code] = c
	}
	regions, err := u.Regions.Hints(ctx)
	return Hints{Codes: codes, Regions: regions}, standard, err
}

// mark binds a row to its list: pasted into another it is not taken.
func (u Batches) mark(listID string, r domain.WorklistRow) string {
	return hex.EncodeToString(u.Marks.Index("verification worklist row", listID+"\n"+r.EntryID+"\n"+strconv.FormatInt(r.BaseRevision, 10))[:16])
}

// Create reads a worklist that came back and judges its rows.
func (u Batches) Create(ctx context.Context, author domain.Author, path string) (Batch, error) {
	list, err := u.Sheets.Read(path)
	if err != nil {
		return Batch{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Batch{}, err
	}
	b := Batch{ID: id.String(), AuthorID: author.ID, At: u.Findings.Now(), List: list}
	if b.Verdicts, err = u.judge(ctx, author, list); err != nil {
		return Batch{}, err
	}
	return u.Store.CreateBatch(ctx, b)
}

// Get returns a batch of the caller's own.
func (u Batches) Get(ctx context.Context, author domain.Author, id string) (Batch, error) {
	return u.Store.GetBatch(ctx, author.ID, id)
}

// saveAtOnce is how many findings are submitted together.
const saveAtOnce = 500

// Save submits the rows that are ready. A row's request id is made of its content: what
// was saved before, by whatever upload, is answered and not saved again.
func (u Batches) Save(ctx context.Context, author domain.Author, id string) (Batch, error) {
	b, err := u.Store.GetBatch(ctx, author.ID, id)
	if err != nil {
		return Batch{}, err
	}
	_, standard, err := u.hints(ctx)
	if err != nil {
		return Batch{}, err
	}
	var places []int
	for i, v := range b.Verdicts {
		if v.State == RowReady {
			places = append(places, i)
		}
	}
	for len(places) > 0 {
		piece := places[:min(saveAtOnce, len(places))]
		places = places[len(piece):]
		submissions := make([]Submission, len(piece))
		for i, place := range piece {
			submissions[i], _ = u.submission(b.List, b.List.Rows[b.Verdicts[place].Row], standard)
		}
		answers, err := u.Findings.SubmitAll(ctx, author, submissions)
		if err != nil {
			return Batch{}, err
		}
		for i, a := range answers {
			v := &b.Verdicts[piece[i]]
			if v.State = RowSaved; a.Err != nil {
				if err := v.refused(a.Err); err != nil {
					return Batch{}, err
				}
			}
		}
		// What is saved stays saved whatever becomes of the rest.
		if err := u.Store.UpdateBatch(ctx, b); err != nil {
			return Batch{}, err
		}
	}
	return b, nil
}

// Marked writes a batch's list again, with what is wrong.
func (u Batches) Marked(ctx context.Context, author domain.Author, id string, to io.Writer) error {
	b, err := u.Store.GetBatch(ctx, author.ID, id)
	if err != nil {
		return err
	}
	hints, _, err := u.hints(ctx)
	if err != nil {
		return err
	}
	if err := u.Store.RecordBatchExport(ctx, b); err != nil {
		return err
	}
	return u.Sheets.Write(to, b.List, hints, b.Verdicts)
}

func (u Batches) submission(list domain.Worklist, r domain.WorklistRow, standard domain.Standard) (Submission, []fault.Violation) {
	form, violations := r.Form(standard)
	content := form.Digest(r.EntryID, r.BaseRevision)
	request := u.Marks.Index("verification worklist request", list.ID+"\n"+string(content[:]))
	return Submission{
		EntryID: r.EntryID, Form: form, BaseRevision: r.BaseRevision, RequestID: "worklist-" + hex.EncodeToString(request[:20]),
	}, violations
}

// refused adds the problems of an error; what is no refusal is returned.
func (v *RowVerdict) refused(err error) error {
	f := fault.As(err)
	if f == nil || f.Kind == fault.Internal || f.Kind == fault.Unavailable || f.Kind == fault.Deadline {
		return err
	}
	v.State = RowBad
	for _, violation := range f.Violations {
		v.Problems = append(v.Problems, Problem{Column: domain.HeadOf(violation.Field), Reason: violation.Reason, Message: violation.Message})
	}
	if len(f.Violations) == 0 {
		v.Problems = append(v.Problems, Problem{Reason: f.Reason, Message: f.Message})
	}
	return nil
}

// judge says of each row that was filled in what would become of it.
func (u Batches) judge(ctx context.Context, author domain.Author, list domain.Worklist) (verdicts []RowVerdict, err error) {
	_, standard, err := u.hints(ctx)
	if err != nil {
		return nil, err
	}
	j := judging{u: u, author: author, standard: standard, list: list, seen: map[string]int{}}
	for from := 0; from < len(list.Rows); from += saveAtOnce {
		some, err := j.run(ctx, from, min(from+saveAtOnce, len(list.Rows)))
		if err != nil {
			return nil, err
		}
		verdicts = append(verdicts, some...)
	}
	return verdicts, nil
}

// judging judges a list, some rows together.
type judging struct {
	u        Batches
	author   domain.Author
	standard domain.Standard
	list     domain.Worklist
	// seen are the entries of earlier rows, by the row.
	seen map[string]int
}

func (j judging) run(ctx context.Context, from, to int) ([]RowVerdict, error) {
	var verdicts []RowVerdict
	var submissions []Submission
	var places []int
	for i := from; i < to; i++ {
		r := j.list.Rows[i]
		if r.Blank() {
			continue
		}
		v := RowVerdict{Row: i, State: RowReady}
		s, problem := j.own(r, i)
		if problem != nil {
			if err := v.refused(problem); err != nil {
				return nil, err
			}
		} else {
			submissions, places = append(submissions, s), append(places, len(verdicts))
		}
		verdicts = append(verdicts, v)
	}
	answers, err := j.u.Findings.Foresee(ctx, j.author, submissions, j.u.Store)
	if err != nil {
		return nil, err
	}
	for i, a := range answers {
		v := &verdicts[places[i]]
		switch {
		case errors.Is(a, errAnswered):
			v.State = RowSaved
		case a != nil:
			if err := v.refused(a); err != nil {
				return nil, err
			}
		}
	}
	return verdicts, nil
}

// own judges a row by nothing but its list.
func (j judging) own(r domain.WorklistRow, place int) (Submission, error) {
	if r.Mark != j.u.mark(j.list.ID, r) {
		return Submission{}, fault.New(fault.Invalid, "WORKLIST_ROW_FOREIGN",
			"该行不是本清单导出时的原行（可能从其他清单粘贴，或隐藏列被改动），请在系统中重新导出清单后填写")
	}
	if first, twice := j.seen[r.EntryID]; twice {
		return Submission{}, fault.New(fault.Invalid, "WORKLIST_ROW_REPEATED",
			fmt.Sprintf("该行与第 %d 行是同一名学生，请只保留一行", j.list.Rows[first].Number))
	}
	j.seen[r.EntryID] = place
	s, violations := j.u.submission(j.list, r, j.standard)
	return s, fault.FromViolations("FINDING_INVALID", "填写内容有误，请按提示修改后保存", violations)
}
