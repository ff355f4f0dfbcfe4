package ledger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/calendar"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

func clerkOf(county string) app.Caller {
	scope := domain.CountyScope(county)
	return app.Caller{ID: "u-" + county, Actor: county + "教育局", Scope: scope, Own: scope}
}

func TestACountyOffersAChildToAnother(t *testing.T) {
	pool, ids := seeded(t)
	ctx := testkit.Context(t)
	s := storeOf(t, pool)
	// A Friday: two working days later is Tuesday.
	now := time.Date(2026, 6, 5, 12, 0, 0, 0, domain.Shanghai)
	transfers := app.Transfers{Store: s, Regions: divisions{}, Calendar: calendar.Calendar{}, Days: 2, Now: func() time.Time { return now }}
	assign := app.Assign{Store: s, Regions: divisions{}}
	from, to, stranger := clerkOf("330102"), clerkOf("330106"), clerkOf("330302")
	city := app.Caller{Scope: domain.CityScope("330100")}
	id := ids["330102"]

	refused := func(what string, err error, reason string) {
		t.Helper()
		if !fault.Is(err, reason) {
			t.Errorf("%s: %v, want %s", what, err, reason)
		}
	}
	offer := func() domain.Transfer {
		t.Helper()
		made, err := transfers.Propose(ctx, from, id, "330106", "随父母迁居，住文三路")
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	states := func(caller app.Caller, f app.TransferFilter) (found []domain.TransferState) {
		t.Helper()
		list, _, err := transfers.List(ctx, caller, f, 0, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range list {
			found = append(found, l.State)
		}
		return found
	}
	county := func() string {
		t.Helper()
		e, err := s.GetEntry(ctx, domain.ProvinceScope(), id)
		if err != nil {
			t.Fatal(err)
		}
		return e.CountyCode
	}

	_, err := transfers.Propose(ctx, from, id, "330102", " ")
	refused("to itself without a reason", err, "INVALID_REQUEST")
	if f := fault.As(err); f == nil || len(f.Violations) != 2 {
		t.Errorf("not all that is wrong is said at once: %v", err)
	}
	_, err = transfers.Propose(ctx, stranger, id, "330106", "随父母迁居")
	refused("somebody else's child", err, "NOT_FOUND")

	made := offer()
	if made.DueOn.Format(time.DateOnly) != "2026-06-09" || made.Child.PersonName != "测试" || made.State != domain.TransferOpen {
		t.Errorf("%+v", made)
	}
	_, err = transfers.Propose(ctx, from, id, "330302", "随父母迁居")
	refused("offered twice", err, "TRANSFER_OPEN")
	if _, err := s.GetEntry(ctx, to.Scope, id); err == nil {
		t.Error("the other county reads the entry before it accepts")
	}
	for name, c := range map[string]struct {
		caller app.Caller
		want   int
	}{"who offers": {from, 1}, "who is offered": {to, 1}, "the city": {city, 1}, "a stranger": {stranger, 0}} {
		if n := len(states(c.caller, app.TransferFilter{State: domain.TransferOpen})); n != c.want {
			t.Errorf("%s sees %d", name, n)
		}
		if n := len(states(c.caller, app.TransferFilter{Overdue: true})); n != 0 {
			t.Errorf("%s sees %d overdue", name, n)
		}
	}
	now = now.AddDate(0, 0, 5)
	if n := len(states(city, app.TransferFilter{Overdue: true})); n != 1 {
		t.Errorf("five days later the city sees %d overdue", n)
	}

	_, err = transfers.Accept(ctx, from, made.ID)
	refused("accepting one's own offer", err, "PERMISSION_DENIED")
	_, err = transfers.Withdraw(ctx, to, made.ID)
	refused("withdrawing another's", err, "PERMISSION_DENIED")
	_, err = transfers.Accept(ctx, stranger, made.ID)
	refused("a stranger's answer", err, "NOT_FOUND")
	_, err = transfers.Reject(ctx, to, made.ID, "")
	refused("rejecting without a reason", err, "INVALID_REQUEST")
	rejected, err := transfers.Reject(ctx, to, made.ID, "不在本辖区居住")
	if err != nil || rejected.Answer != "不在本辖区居住" || rejected.Answerer != to.Actor || county() != "330102" {
		t.Fatal(rejected, err)
	}
	_, err = transfers.Accept(ctx, to, made.ID)
	refused("accepting what was rejected", err, "TRANSFER_ENDED")

	if _, err := transfers.Withdraw(ctx, from, offer().ID); err != nil || county() != "330102" {
		t.Fatal(err)
	}
	// What the province decides makes an offer void.
	void := offer()
	if _, err := assign.Do(ctx, app.Caller{Actor: "省厅", Scope: domain.ProvinceScope()}, id, "330108", "省级指派"); err != nil {
		t.Fatal(err)
	}
	_, err = transfers.Accept(ctx, to, void.ID)
	refused("accepting a void offer", err, "TRANSFER_ENDED")
	if _, err := assign.Do(ctx, app.Caller{Actor: "省厅", Scope: domain.ProvinceScope()}, id, "330102", "改回"); err != nil {
		t.Fatal(err)
	}
	void = offer()
	if _, err := s.Reroute(ctx, "330102", app.Resolution{County: "330108", Reason: "SUCCEEDED"}); err != nil {
		t.Fatal(err)
	}
	_, err = transfers.Accept(ctx, to, void.ID)
	refused("accepting when the county is no more", err, "TRANSFER_ENDED")

	from = clerkOf("330108")
	accepted, err := transfers.Accept(ctx, to, offer().ID)
	if err != nil || accepted.State != domain.TransferAccepted || county() != "330106" {
		t.Fatal(accepted, err)
	}
	changes, err := s.ListChanges(ctx, to.Scope, id)
	if err != nil || len(changes) == 0 {
		t.Fatal(changes, err)
	}
	if last := changes[len(changes)-1]; last.CountyCode != "330106" || last.Reason != "县（市、区）间移交" || last.Actor != to.Actor {
		t.Errorf("%+v", last)
	}
	// Why is told to both, and lies nowhere in the clear.
	list, _, err := transfers.List(ctx, to, app.TransferFilter{}, 1, "")
	if err != nil || len(list) != 1 || list[0].Reason != "随父母迁居，住文三路" {
		t.Errorf("%+v, %v", list, err)
	}
	in(t, pool, province, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT t::text || encode(child_sealed, 'escape') || encode(reason_sealed, 'escape')
			|| (SELECT string_agg(r::text, '') FROM entry_routings r) || (SELECT string_agg(a::text, '') FROM audit_records a) FROM entry_transfers t`)
		if err != nil {
			return err
		}
		texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if len(texts) != 5 || strings.Contains(strings.Join(texts, ""), "文三路") {
			t.Errorf("%d transfers, in the clear: %v", len(texts), texts)
		}
		return err
	})
}
