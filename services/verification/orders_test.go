package verification_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

type everyRegion struct{}

func (everyRegion) Known(context.Context, string) (bool, error) { return true, nil }

var (
	xihu    = domain.Scope{From: "330106", To: "330106"}
	wenzhou = domain.Scope{From: "330300", To: "330399"}
)

// ordering works on a day that the test moves.
func ordering(s app.OrderStore, day *time.Time) app.Orders {
	return app.Orders{Store: s, Regions: everyRegion{}, RemindDays: 3, Now: func() time.Time { return *day }, Log: slog.New(slog.DiscardHandler)}
}

// to addresses counties as BatchIssueOrders does.
func to(counties ...string) (all []domain.Addressee) {
	for i, county := range counties {
		all = append(all, domain.Addressee{County: county, Field: fmt.Sprintf("county_codes[%d]", i)})
	}
	return all
}

func kinds(o domain.Order) string {
	var all []string
	for _, step := range o.Steps {
		all = append(all, string(step.Kind))
	}
	return strings.Join(all, " ")
}

// The whole life of an order: given, reminded of, escalated, received, answered, extended, closed.
func TestAnOrderIsFollowedToItsEnd(t *testing.T) {
	s, pool := openStore(t)
	ctx, day := testkit.Context(t), time.Date(2019, 7, 10, 4, 0, 0, 0, time.UTC)
	u := ordering(s, &day)
	form := domain.OrderForm{To: to("330106"), Title: "核查姜磊秋", Text: "请入户核实姜磊秋的去向", DueOn: "2019-07-20"}
	issued, err := u.Issue(ctx, hangzhou, reviewer, "330100", form)
	if err != nil || len(issued) != 1 || kinds(issued[0]) != "ISSUED" || issued[0].Steps[0].Text != form.Text {
		t.Fatalf("%+v, %v", issued, err)
	}
	o := issued[0]
	tell := func(date string, want string) {
		t.Helper()
		if day, err = time.ParseInLocation(time.DateOnly, date, domain.Shanghai); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := u.Tell(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if o, err = s.Order(ctx, xihu, o.ID); err != nil || kinds(o) != want {
			t.Fatalf("on %s: %s, %v", date, kinds(o), err)
		}
	}
	tell("2019-07-16", "ISSUED")
	tell("2019-07-17", "ISSUED REMINDED")
	tell("2019-07-20", "ISSUED REMINDED")
	tell("2019-07-21", "ISSUED REMINDED ESCALATED")
	act := func(scope domain.Scope, region string, a domain.OrderAction) error {
		a.Region = region
		_, err := u.Act(ctx, scope, o.ID, clerk, a)
		return err
	}
	for name, refused := range map[string]error{
		"NOT_FOUND":         act(wenzhou, "330300", domain.OrderAction{Kind: domain.StepClosed, Text: "办结"}),
		"PERMISSION_DENIED": act(hangzhou, "330100", domain.OrderAction{Kind: domain.StepReplied, Text: "代办"}),
		"ORDER_INVALID":     act(hangzhou, "330100", domain.OrderAction{Kind: domain.StepExtended, DueOn: "2019-07-01"}),
	} {
		if !fault.Is(refused, name) {
			t.Errorf("want %s: %v", name, refused)
		}
	}
	for _, a := range []struct {
		scope  domain.Scope
		region string
		action domain.OrderAction
	}{
		{xihu, "330106", domain.OrderAction{Kind: domain.StepReceived}},
		{hangzhou, "330100", domain.OrderAction{Kind: domain.StepExtended, Text: "路远", DueOn: "2019-07-30"}},
		{xihu, "330106", domain.OrderAction{Kind: domain.StepReplied, Text: "已见到本人"}},
	} {
		if err := act(a.scope, a.region, a.action); err != nil {
			t.Fatal(err)
		}
	}
	if err := act(xihu, "330106", domain.OrderAction{Kind: domain.StepReceived}); !fault.Is(err, "ORDER_RECEIVED") {
		t.Errorf("received again: %v", err)
	}
	tell("2019-07-28", "ISSUED REMINDED ESCALATED RECEIVED EXTENDED REPLIED REMINDED")
	// The province may end what a city began.
	if err := act(domain.WholeProvince, "330000", domain.OrderAction{Kind: domain.StepClosed, Text: "已落实"}); err != nil {
		t.Fatal(err)
	}
	if err := act(xihu, "330106", domain.OrderAction{Kind: domain.StepReplied, Text: "再报"}); !fault.Is(err, "ORDER_CLOSED") {
		t.Errorf("after the end: %v", err)
	}
	tell("2019-08-28", "ISSUED REMINDED ESCALATED RECEIVED EXTENDED REPLIED REMINDED CLOSED")
	var rows string
	var trail, told int
	options := pg.TxOptions{Local: []pg.Setting{{Name: "baoxue.scope_from", Value: ""}, {Name: "baoxue.scope_to", Value: "999999"}}}
	if err := pg.InTxOptions(ctx, pool, options, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT (SELECT string_agg(o::text || encode(o.title_sealed, 'escape'), '') FROM supervision_orders o)
			|| (SELECT string_agg(s::text || encode(s.text_sealed, 'escape'), '') FROM supervision_steps s),
			(SELECT count(*) FROM audit_records WHERE action LIKE 'supervision_order.%'),
			(SELECT count(*) FROM outbox WHERE event_type = 'baoxue.event.v1.SupervisionOrderChanged')`).Scan(&rows, &trail, &told)
	}); err != nil || trail != 8 || told != 8 || strings.Contains(rows, "姜磊秋") || strings.Contains(rows, "本人") {
		t.Errorf("%d records in the trail, %d events, %v\n%s", trail, told, err, rows)
	}
	var unseen int
	if err := pool.QueryRow(ctx, "SELECT (SELECT count(*) FROM supervision_orders) + (SELECT count(*) FROM supervision_steps)").Scan(&unseen); err != nil || unseen != 0 {
		t.Errorf("without a scope %d rows are seen, %v", unseen, err)
	}
}

// stubborn can't change one order.
type stubborn struct {
	app.OrderStore
	id string
}

var errStubborn = errors.New("its fields can't be opened")

func (s stubborn) ChangeOrder(ctx context.Context, scope domain.Scope, id string, author domain.Author, decide func(domain.Order) (domain.Order, domain.Step, error)) (domain.Order, error) {
	if id == s.id {
		return domain.Order{}, errStubborn
	}
	return s.OrderStore.ChangeOrder(ctx, scope, id, author, decide)
}

// One order that can't be told of holds up no other, and is named.
func TestEachOrderIsToldOfByItself(t *testing.T) {
	s, _ := openStore(t)
	ctx, day := testkit.Context(t), time.Date(2019, 7, 10, 4, 0, 0, 0, time.UTC)
	var ids []string
	for range 3 {
		issued, err := ordering(s, &day).Issue(ctx, hangzhou, reviewer, "330100", domain.OrderForm{To: to("330106"), Title: "标题", Text: "内容", DueOn: "2019-07-20"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, issued[0].ID)
	}
	day = day.AddDate(0, 0, 20)
	if err := ordering(stubborn{s, ids[1]}, &day).Tell(ctx); !errors.Is(err, errStubborn) || !strings.Contains(err.Error(), ids[1]) {
		t.Errorf("got %v", err)
	}
	for i, id := range ids {
		if o, err := s.Order(ctx, xihu, id); err != nil || o.Escalated != (i != 1) {
			t.Errorf("order %d: %s, %v", i, kinds(o), err)
		}
	}
}

func TestAnOrderIsForACountyOfTheIssuers(t *testing.T) {
	s, _ := openStore(t)
	ctx, day := testkit.Context(t), time.Date(2019, 7, 10, 4, 0, 0, 0, time.UTC)
	u := ordering(s, &day)
	_, err := u.Issue(ctx, wenzhou, reviewer, "330300", domain.OrderForm{To: to("330106"), DueOn: "2019-07-09"})
	var wrong *fault.Error
	if !errors.As(err, &wrong) || len(wrong.Violations) != 4 {
		t.Errorf("county, title, text and day are wrong: %v", err)
	}
	for _, county := range []string{"330100", "", "none", "330106"} {
		if _, err := u.Issue(ctx, wenzhou, reviewer, "330300", domain.OrderForm{To: to(county), Title: "标题", Text: "内容", DueOn: "2019-07-20"}); !fault.Is(err, "ORDER_INVALID") {
			t.Errorf("%q: %v", county, err)
		}
	}
	for _, counties := range [][]string{{"330106", "330105"}, {"330106"}} {
		issued, err := u.Issue(ctx, hangzhou, reviewer, "330100", domain.OrderForm{To: to(counties...), Title: "标题", Text: "内容", DueOn: "2019-07-20"})
		if err != nil || len(issued) != len(counties) || issued[0].County != counties[0] {
			t.Fatalf("%+v, %v", issued, err)
		}
	}
	// One county that is none of the issuer's, or is named twice, and nobody gets an order.
	_, err = u.Issue(ctx, hangzhou, reviewer, "330100", domain.OrderForm{To: to("330105", "330302", "330105"), Title: "标题", Text: "内容", DueOn: "2019-07-20"})
	if !errors.As(err, &wrong) || len(wrong.Violations) != 2 || wrong.Violations[0].Field != "county_codes[1]" || wrong.Violations[1].Reason != "REPEATED" {
		t.Errorf("got %+v", err)
	}
	for scope, want := range map[domain.Scope]int{hangzhou: 3, xihu: 2, wenzhou: 0, domain.WholeProvince: 3, {}: 0} {
		orders, err := s.Orders(ctx, app.OrderQuery{Scope: scope, Today: domain.Today(day), Most: 10})
		if err != nil || len(orders) != want {
			t.Errorf("%+v sees %d orders, want %d, %v", scope, len(orders), want, err)
		}
	}
	day = day.AddDate(0, 0, 20)
	late, err := s.Orders(ctx, app.OrderQuery{Scope: xihu, Overdue: true, Today: domain.Today(day), Most: 1})
	if err != nil || len(late) != 1 || !late[0].Overdue(domain.Today(day)) {
		t.Fatalf("%+v, %v", late, err)
	}
	if err := u.Tell(ctx); err != nil {
		t.Fatal(err)
	}
	if told, err := s.Orders(ctx, app.OrderQuery{Scope: hangzhou, Escalated: true, Today: domain.Today(day), Most: 10}); err != nil || len(told) != 3 {
		t.Errorf("%d were escalated, %v", len(told), err)
	}
	if rest, err := s.Orders(ctx, app.OrderQuery{Scope: xihu, Overdue: true, Today: domain.Today(day), Before: late[0].ID, Most: 5}); err != nil || len(rest) != 1 {
		t.Errorf("%+v, %v", rest, err)
	}
}
