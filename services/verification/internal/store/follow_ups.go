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
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// rowFields binds what is sealed to one row of a kind.
func (s *Store) rowFields(kind, id string) *seal.Fields {
	return seal.NewFields(s.sealer, "verification "+kind+" "+id)
}

// stamped are the id and the time of a new row, taken under the entry's lock.
func stamped(ctx context.Context, q *db.Queries) (id string, at time.Time, err error) {
	if at, err = q.Clock(ctx); err != nil {
		return "", at, err
	}
	made, err := uuid.NewV7()
	return made.String(), at, err
}

func recorded(action string, entry domain.Entry, details map[string]string) audit.Record {
	return audit.Record{Action: action, ResourceType: "entry", ResourceID: entry.ID, Region: entry.CountyCode, Details: details}
}

// CompleteDuty implements app.WorkStore.
func (s *Store) CompleteDuty(ctx context.Context, entry domain.Entry, author domain.Author, number string) (domain.WorkState, error) {
	state, err := onEntry(ctx, s, entry.ID, func(tx pgx.Tx, head db.EntryHead) (domain.WorkState, error) {
		work, err := workOf(head.EntryID, head.Work)
		if err != nil {
			return domain.WorkState{}, err
		}
		if !work.Duty.Open() {
			return work.State(entry.ID, entry.CountyCode, s.rules), s.confirmedBefore(ctx, tx, work, entry.ID, number)
		}
		q := db.New(tx)
		id, at, err := stamped(ctx, q)
		if err != nil {
			return domain.WorkState{}, err
		}
		sealed := s.rowFields("duty", id)
		record := sealed.Seal("record_number", number)
		if err := sealed.Err(); err != nil {
			return domain.WorkState{}, err
		}
		if err := q.InsertDutyCompletion(ctx, db.InsertDutyCompletionParams{
			ID: id, EntryID: entry.ID, Duty: string(work.Duty), RecordNumberSealed: record,
			CountyCode: entry.CountyCode, AuthorID: author.ID, Author: author.Name, OccurredAt: at,
		}); err != nil {
			return domain.WorkState{}, err
		}
		if err := audit.Append(ctx, tx, recorded("duty.complete", entry, map[string]string{"duty": string(work.Duty)})); err != nil {
			return domain.WorkState{}, err
		}
		return s.setWork(ctx, tx, head, entry.CountyCode, work.AfterDuty(), at)
	})
	if err != nil {
		return domain.WorkState{}, fmt.Errorf("completing the duty of %s: %w", entry.ID, err)
	}
	return state, nil
}

// confirmedBefore is nil when the duty was closed with the same number: a retry.
func (s *Store) confirmedBefore(ctx context.Context, tx pgx.Tx, work domain.Work, entryID, number string) error {
	if work.Duty != domain.DutyDone {
		return domain.ErrDutyNotOpen
	}
	before, err := s.lastRecordNumber(ctx, tx, entryID)
	if err == nil && before != number {
		err = domain.ErrRecordNumberDiffers
	}
	return err
}

func (s *Store) lastRecordNumber(ctx context.Context, tx pgx.Tx, entryID string) (string, error) {
	row, err := db.New(tx).LastDutyCompletion(ctx, entryID)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	sealed := s.rowFields("duty", row.ID)
	return sealed.Unseal("record_number", row.RecordNumberSealed), sealed.Err()
}

// RecordFollowUp implements app.WorkStore.
func (s *Store) RecordFollowUp(ctx context.Context, entry domain.Entry, author domain.Author, form domain.FollowUpForm, day time.Time) (domain.WorkState, error) {
	state, err := onEntry(ctx, s, entry.ID, func(tx pgx.Tx, head db.EntryHead) (domain.WorkState, error) {
		work, err := workOf(head.EntryID, head.Work)
		if err != nil {
			return domain.WorkState{}, err
		}
		if err := work.MayFollowUp(day); err != nil {
			return domain.WorkState{}, err
		}
		q := db.New(tx)
		id, at, err := stamped(ctx, q)
		if err != nil {
			return domain.WorkState{}, err
		}
		sealed, number := s.rowFields("follow-up", id), work.FollowUpsDone+1
		note := sealed.Seal("note", form.Note)
		if err := sealed.Err(); err != nil {
			return domain.WorkState{}, err
		}
		if err := q.InsertFollowUp(ctx, db.InsertFollowUpParams{
			ID: id, EntryID: entry.ID, Number: int32(number), CheckDate: day, InClass: form.InClass, NoteSealed: note,
			CountyCode: entry.CountyCode, AuthorID: author.ID, Author: author.Name, OccurredAt: at,
		}); err != nil {
			return domain.WorkState{}, err
		}
		details := map[string]string{"number": strconv.Itoa(number), "in_class": strconv.FormatBool(form.InClass)}
		if err := audit.Append(ctx, tx, recorded("follow_up.record", entry, details)); err != nil {
			return domain.WorkState{}, err
		}
		after := work.AfterMissed(day)
		if form.InClass {
			after = work.AfterFollowUp()
		}
		return s.setWork(ctx, tx, head, entry.CountyCode, after, at)
	})
	if err != nil {
		return domain.WorkState{}, fmt.Errorf("recording a follow-up of %s: %w", entry.ID, err)
	}
	return state, nil
}

// ReportStatus implements app.EnrollmentStore.
func (s *Store) ReportStatus(ctx context.Context, entry domain.Entry, author domain.Author, r domain.StatusReport) error {
	_, err := onEntry(ctx, s, entry.ID, func(tx pgx.Tx, _ db.EntryHead) (none struct{}, err error) {
		q := db.New(tx)
		id, at, err := stamped(ctx, q)
		if err != nil {
			return none, err
		}
		sealed := s.rowFields("status report", id)
		school := sealed.Seal("school", r.School)
		if err := sealed.Err(); err != nil {
			return none, err
		}
		if err := q.InsertStatusReport(ctx, db.InsertStatusReportParams{
			ID: id, EntryID: entry.ID, InClass: r.InClass, SchoolSealed: school, SchoolRegion: r.SchoolRegion,
			AuthorID: author.ID, Author: author.Name, OccurredAt: at,
		}); err != nil {
			return none, err
		}
		return none, audit.Append(ctx, tx, recorded("status.report", entry, map[string]string{"in_class": strconv.FormatBool(r.InClass)}))
	})
	if err != nil {
		return fmt.Errorf("status report of %s: %w", entry.ID, err)
	}
	return nil
}

// WorkDetail implements app.WorkStore.
func (s *Store) WorkDetail(ctx context.Context, entry domain.Entry) (domain.WorkDetail, error) {
	options := pg.TxOptions{Isolation: pgx.RepeatableRead, ReadOnly: true, Local: naming(entry.ID)}
	detail, err := pg.InTxValueOptions(ctx, s.pool, options, func(tx pgx.Tx) (d domain.WorkDetail, err error) {
		q := db.New(tx)
		head, err := q.GetHead(ctx, entry.ID)
		if errors.Is(err, pgx.ErrNoRows) {
			d.EntryID, d.CountyCode = entry.ID, entry.CountyCode
			return d, nil
		}
		if err != nil {
			return d, err
		}
		work, err := workOf(head.EntryID, head.Work)
		if err != nil {
			return d, err
		}
		d.WorkState = work.State(entry.ID, entry.CountyCode, s.rules)
		for _, part := range []func(context.Context, pgx.Tx, *domain.WorkDetail) error{s.addFollowUps, s.addTags, s.addReports, s.addRecord, s.addReturn} {
			if err := part(ctx, tx, &d); err != nil {
				return d, err
			}
		}
		return d, nil
	})
	if err != nil {
		return domain.WorkDetail{}, fmt.Errorf("work of %s: %w", entry.ID, err)
	}
	return detail, nil
}

func (s *Store) addFollowUps(ctx context.Context, tx pgx.Tx, d *domain.WorkDetail) error {
	rows, err := db.New(tx).ListFollowUps(ctx, d.EntryID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		sealed := s.rowFields("follow-up", r.ID)
		d.FollowUps = append(d.FollowUps, domain.FollowUp{
			Number: int(r.Number), Date: r.CheckDate, InClass: r.InClass, Note: sealed.Unseal("note", r.NoteSealed), Author: r.Author, At: r.OccurredAt,
		})
		if err := sealed.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) addReports(ctx context.Context, tx pgx.Tx, d *domain.WorkDetail) error {
	rows, err := db.New(tx).ListStatusReports(ctx, d.EntryID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		sealed := s.rowFields("status report", r.ID)
		d.StatusReports = append(d.StatusReports, domain.StatusReport{
			InClass: r.InClass, School: sealed.Unseal("school", r.SchoolSealed), SchoolRegion: r.SchoolRegion, At: r.OccurredAt,
		})
		if err := sealed.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) addRecord(ctx context.Context, tx pgx.Tx, d *domain.WorkDetail) error {
	number, err := s.lastRecordNumber(ctx, tx, d.EntryID)
	ending := []rune(number)
	d.RecordNumberEnding = string(ending[max(0, len(ending)-4):])
	return err
}
