package verification_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// mailbox is one person's inbox.
type mailbox struct {
	scope  domain.Scope
	reader domain.Reader
}

func (m mailbox) messages(ctx context.Context, t *testing.T, s app.InboxStore, unread bool) (all []domain.Message) {
	t.Helper()
	// In pages of two, as a page's end is where messages get lost.
	before := app.NewestMessage
	for {
		page, err := s.Messages(ctx, app.InboxQuery{Scope: m.scope, Reader: m.reader, Unread: unread, Before: before, Most: 2})
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, page...); len(page) < 2 {
			return all
		}
		before = page[1].Place()
	}
}

func (m mailbox) kinds(ctx context.Context, t *testing.T, s app.InboxStore, unread bool) string {
	t.Helper()
	var kinds []string
	for _, message := range m.messages(ctx, t, s, unread) {
		kinds = append(kinds, string(message.Step.Kind))
	}
	return strings.Join(kinds, " ")
}

// Everybody is told what others did that concerns the region, and nobody what is not theirs.
func TestAnInboxTellsWhatOthersDid(t *testing.T) {
	s, _ := openStore(t)
	ctx, day := testkit.Context(t), time.Date(2019, 7, 10, 4, 0, 0, 0, time.UTC)
	u := ordering(s, &day)
	issued, err := u.Issue(ctx, hangzhou, reviewer, "330100", domain.OrderForm{To: to("330106"), Title: "核查", Text: "请入户", DueOn: "2019-07-20"})
	if err != nil {
		t.Fatal(err)
	}
	id := issued[0].ID
	for _, date := range []string{"2019-07-18", "2019-07-22"} {
		if day, err = time.ParseInLocation(time.DateOnly, date, domain.Shanghai); err != nil {
			t.Fatal(err)
		}
		if err := u.Tell(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := u.Act(ctx, xihu, id, clerk, domain.OrderAction{Kind: domain.StepReplied, Text: "已办", Region: "330106"}); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Act(ctx, domain.WholeProvince, id, domain.Author{ID: "province"}, domain.OrderAction{Kind: domain.StepClosed, Text: "办结", Region: "330000"}); err != nil {
		t.Fatal(err)
	}
	colleague := mailbox{xihu, domain.Reader{ID: "colleague", Region: "330106"}}
	for name, c := range map[string]struct {
		mailbox
		want string
	}{
		"who replied":       {mailbox{xihu, domain.Reader{ID: clerk.ID, Region: "330106"}}, "CLOSED ESCALATED REMINDED ISSUED"},
		"a colleague":       {colleague, "CLOSED ESCALATED REMINDED ISSUED"},
		"who gave it":       {mailbox{hangzhou, domain.Reader{ID: reviewer.ID, Region: "330100"}}, "CLOSED REPLIED ESCALATED"},
		"the province":      {mailbox{domain.WholeProvince, domain.Reader{ID: "province", Region: "330000"}}, "ESCALATED"},
		"another city":      {mailbox{wenzhou, domain.Reader{ID: "w", Region: "330300"}}, ""},
		"no region":         {mailbox{domain.Scope{}, domain.Reader{ID: "x"}}, ""},
		"a region's county": {mailbox{hangzhou, domain.Reader{ID: "x", Region: "330105"}}, ""},
	} {
		if got := c.kinds(ctx, t, s, false); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	messages := colleague.messages(ctx, t, s, true)
	if m := messages[len(messages)-1]; m.Title != "核查" || m.OrderID != id || m.Read || m.Step.DueOn.Format(time.DateOnly) != "2019-07-20" {
		t.Errorf("%+v", m)
	}
}

// Read is what one has seen: not what came since, and not for a colleague.
func TestWhatIsReadIsEachReadersOwn(t *testing.T) {
	s, _ := openStore(t)
	ctx, day := testkit.Context(t), time.Date(2019, 7, 10, 4, 0, 0, 0, time.UTC)
	u := ordering(s, &day)
	form := domain.OrderForm{To: to("330106", "330105"), Title: "核查", Text: "请入户", DueOn: "2019-07-20"}
	issued, err := u.Issue(ctx, hangzhou, reviewer, "330100", form)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Issue(ctx, hangzhou, reviewer, "330100", form); err != nil {
		t.Fatal(err)
	}
	me, colleague := mailbox{xihu, domain.Reader{ID: "me", Region: "330106"}}, mailbox{xihu, domain.Reader{ID: "colleague", Region: "330106"}}
	unread := func(want string) {
		t.Helper()
		if got := me.kinds(ctx, t, s, true); got != want {
			t.Errorf("unread %q, want %q", got, want)
		}
	}
	mark := func(until time.Time, orders ...string) {
		t.Helper()
		// Again changes nothing.
		for range 2 {
			if err := s.MarkRead(ctx, me.scope, me.reader, orders, until); err != nil {
				t.Fatal(err)
			}
		}
	}
	unread("ISSUED ISSUED")
	mark(app.NewestMessage.At, issued[0].ID, issued[1].ID)
	unread("ISSUED")
	seen := me.messages(ctx, t, s, false)[0].Step.At
	if _, err := u.Act(ctx, hangzhou, issued[0].ID, reviewer, domain.OrderAction{Kind: domain.StepClosed, Text: "办结", Region: "330100"}); err != nil {
		t.Fatal(err)
	}
	mark(seen)
	unread("CLOSED")
	mark(app.NewestMessage.At)
	unread("")
	if got := me.kinds(ctx, t, s, false); got != "CLOSED ISSUED ISSUED" {
		t.Errorf("what is read is there still: %q", got)
	}
	if got := colleague.kinds(ctx, t, s, true); got != "CLOSED ISSUED ISSUED" {
		t.Errorf("a colleague's: %q", got)
	}
	// Another county's order is none that could be marked.
	other := mailbox{domain.Scope{From: "330105", To: "330105"}, domain.Reader{ID: "me", Region: "330105"}}
	if got := other.kinds(ctx, t, s, true); got != "ISSUED ISSUED" {
		t.Errorf("the other county's: %q", got)
	}
}
