package verification_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

func visiting(entry, next, corrects string) app.VisitRecord {
	v := app.VisitRecord{
		Entry: domain.Entry{ID: entry, CountyCode: "330106"}, Author: domain.Author{ID: "li", Name: "李老师"}, CorrectsID: corrects,
		Form: domain.VisitForm{
			Date: "2019-07-20", NextDate: next, Persuaders: "李老师、村干部", Contact: "祖父", Method: 1, Result: 3,
			ChildSituation: "在家务农", FamilySituation: "父母在外", Support: "减免费用",
		},
		Date: time.Date(2019, 7, 20, 0, 0, 0, 0, time.UTC),
	}
	if next != "" {
		v.Next, _ = time.Parse(time.DateOnly, next)
	}
	return v
}

func TestVisitsAreNumberedAndCorrectedNeverChanged(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	entry := uuid.NewString()
	if _, err := s.Save(ctx, saving(entry, "li", "", "A1", 0)); err != nil {
		t.Fatal(err)
	}
	first, state, err := s.RecordVisit(ctx, visiting(entry, "2019-08-01", ""))
	if err != nil || first.Number != 1 || state.DueDay() != "2019-08-01" || state.DueKind != domain.DueVisit {
		t.Fatalf("%+v, due %s %s, %v", first, state.DueDay(), state.DueKind, err)
	}
	if second, _, err := s.RecordVisit(ctx, visiting(entry, "", "")); err != nil || second.Number != 2 {
		t.Fatalf("%+v, %v", second, err)
	}
	correction, _, err := s.RecordVisit(ctx, visiting(entry, "", first.ID))
	if err != nil || correction.Number != 1 || correction.CorrectsID != first.ID {
		t.Fatalf("%+v, %v", correction, err)
	}
	visits, err := s.ListVisits(ctx, entry)
	if err != nil || len(visits) != 3 || !visits[0].Superseded || visits[1].Superseded || visits[2].Superseded || visits[0].VisitForm != first.VisitForm {
		t.Errorf("%+v, %v", visits, err)
	}
	for name, id := range map[string]string{"another entry's": uuid.NewString(), "what is no id": "x"} {
		if _, _, err := s.RecordVisit(ctx, visiting(entry, "", id)); !fault.Is(err, "VISIT_INVALID") {
			t.Errorf("a correction of %s: %v", name, err)
		}
	}
	for _, statement := range []string{"UPDATE visits SET number = 9", "DELETE FROM visits"} {
		if err := naming(t, pool, entry, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, statement)
			return err
		}); pg.Code(err) != "23000" {
			t.Errorf("%s: %v", statement, err)
		}
	}
	var events, records int
	if err := pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM outbox WHERE subject = 'baoxue.verification.v1.work_changed.330106'),
		(SELECT count(*) FROM audit_records WHERE action = 'visit.record')`).Scan(&events, &records); err != nil {
		t.Fatal(err)
	}
	// The finding, the first visit's plan and its end.
	if events != 3 || records != 3 {
		t.Errorf("%d events, %d audit records", events, records)
	}
}

func TestWhatAVisitSaysIsSealedAndSeenByNamedEntriesAndScope(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	entry, other := uuid.NewString(), uuid.NewString()
	for _, id := range []string{entry, other} {
		if _, _, err := s.RecordVisit(ctx, visiting(id, "", "")); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Now()
	if err := s.ApplyPlaces(ctx, []app.Place{
		{EntryID: entry, CountyCode: "330102", Version: 2, At: at},
		{EntryID: entry, CountyCode: "330106", Version: 1, At: at},
		{EntryID: other, CountyCode: "330302", Version: 1, At: at},
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, from, to string
		named          string
		want           int
	}{
		{"nothing", "", "", "", 0},
		{"named", "", "", entry, 1},
		{"its county", "330102", "330102", "", 1},
		{"the county before", "330106", "330106", "", 0},
		{"its city", "330100", "330199", "", 1},
		{"the province", "", "999999", "", 2},
	} {
		options := pg.TxOptions{Local: []pg.Setting{
			{Name: "baoxue.scope_from", Value: c.from}, {Name: "baoxue.scope_to", Value: c.to}, {Name: "baoxue.entries", Value: c.named},
		}}
		var text string
		var seen int
		if err := pg.InTxOptions(ctx, pool, options, func(tx pgx.Tx) error {
			return tx.QueryRow(ctx, "SELECT count(*), coalesce(string_agg(v::text || encode(v.contact_sealed, 'escape'), ''), '') FROM visits v").Scan(&seen, &text)
		}); err != nil {
			t.Fatal(err)
		}
		if seen != c.want {
			t.Errorf("%s: %d visits, want %d", c.name, seen, c.want)
		}
		for _, secret := range []string{"村干部", "祖父", "在家务农", "父母在外", "减免费用"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in the table", secret)
			}
		}
	}
}
