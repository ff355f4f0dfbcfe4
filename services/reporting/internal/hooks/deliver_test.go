package hooks_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/reporting"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/events"
	"baoxue.internal/services/reporting/internal/hooks"
	"baoxue.internal/services/reporting/internal/store"
	"google.golang.org/protobuf/proto"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// home is where the test's own servers are, and nothing that a webhook may call of itself.
var home = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// other is the system at the other end.
type other struct {
	*httptest.Server
	mu sync.Mutex
	// answer to the next messages; 200 when there is none left.
	answers  []int
	headers  []http.Header
	messages []string
}

func newOther(t *testing.T) *other {
	t.Helper()
	o := &other{}
	o.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.headers, o.messages = append(o.headers, r.Header), append(o.messages, string(body))
		if len(o.answers) > 0 {
			code := o.answers[0]
			o.answers = o.answers[1:]
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(code)
		}
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *other) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(o.Certificate())
	return pool
}

// got are the ids of the events, message by message.
func (o *other) got(t *testing.T) (ids []string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.messages {
		var batch []struct{ ID, Type, Source, Subject string }
		if err := json.Unmarshal([]byte(m), &batch); err != nil {
			t.Fatalf("%v: %s", err, m)
		}
		var names []string
		for _, e := range batch {
			names = append(names, e.ID)
		}
		ids = append(ids, strings.Join(names, " "))
	}
	return ids
}

type divisions struct{}

func (divisions) AsOf(context.Context, time.Time) ([]domain.Region, error) {
	return []domain.Region{{Code: "330100", Level: domain.LevelCity}, {Code: "330106", Level: domain.LevelCounty, Parent: "330100"}}, nil
}

// bench is all that sends, with a clock that the test moves.
type bench struct {
	app.Webhooks
	app.Deliver
	now *time.Time
}

func open(t *testing.T, poster *hooks.Poster) bench {
	t.Helper()
	ctx := testkit.Context(t)
	pool, err := pg.Open(ctx, testkit.Database(t, "reporting", reporting.Migrate), pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return openOn(t, pool, poster)
}

func openOn(t *testing.T, pool *pgxpool.Pool, poster *hooks.Poster) bench {
	t.Helper()
	now := time.Date(2019, 7, 31, 16, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	st := store.Webhooks{Store: store.New(pool), Sealer: testkit.Keyring(t, pool)}
	return bench{
		now: &now,
		Webhooks: app.Webhooks{
			Store: st, Tellings: st, Divisions: divisions{}, Reachable: poster.Reachable, Sample: events.Sample, Wake: func() {}, Now: clock,
		},
		Deliver: app.Deliver{Queue: st, Poster: poster, Now: clock, Log: slog.New(slog.DiscardHandler)},
	}
}

func (b bench) create(t *testing.T, url, region string, types ...string) (domain.Webhook, string) {
	t.Helper()
	w, secret, err := b.Create(testkit.Context(t), domain.WebhookForm{URL: url, Region: region, DisplayName: "办公系统", Types: types}, "省级用户")
	if err != nil {
		t.Fatal(err)
	}
	return w, secret
}

// tell hands over events as the bus does.
func (b bench) tell(t *testing.T, given ...bus.Event) {
	t.Helper()
	if err := events.Webhooks(b.Tell)(testkit.Context(t), given); err != nil {
		t.Fatal(err)
	}
}

// send sends all that is due.
func (b bench) send(t *testing.T) {
	t.Helper()
	for {
		sent, err := b.One(testkit.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		if !sent {
			return
		}
	}
}

func (b bench) only(t *testing.T) domain.Webhook {
	t.Helper()
	all, err := b.Store.Webhooks(testkit.Context(t))
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

func outcome(t *testing.T, id, county string) bus.Event {
	t.Helper()
	data, err := proto.Marshal(&eventv1.OutcomeChanged{EntryId: "e-" + id, Revision: 1, Code: "B2", CountyCode: county})
	if err != nil {
		t.Fatal(err)
	}
	return bus.Event{
		ID: id, Type: "baoxue.event.v1.OutcomeChanged", Subject: "baoxue.verification.v1.outcome_changed." + county,
		Time: time.Date(2019, 7, 1, 0, 0, 0, 0, time.UTC), Data: data,
	}
}

// What arrives is signed, once for each event, in order, and of the region and the kinds wanted.
func TestAWebhookIsToldWhatItWants(t *testing.T) {
	o := newOther(t)
	b := open(t, hooks.NewPoster(home, o.roots()))
	_, secret := b.create(t, o.URL+"/hook", "330100", "baoxue.event.v1.OutcomeChanged")
	user := bus.Event{ID: "people", Type: "baoxue.event.v1.UserDisabled", Subject: "baoxue.regionauth.v1.user_disabled.330106"}
	routed := bus.Event{ID: "routed", Type: "baoxue.event.v1.EntryRouted", Subject: "baoxue.ledger.v1.entry_routed.330106"}
	b.tell(t, outcome(t, "1", "330106"), outcome(t, "elsewhere", "330302"), user, routed, outcome(t, "2", "330105"))
	b.tell(t, outcome(t, "1", "330106"), outcome(t, "3", "330106"))
	b.send(t)
	// Delivered is delivered, however often it comes.
	b.tell(t, outcome(t, "2", "330105"))
	b.send(t)
	if got := o.got(t); !slices.Equal(got, []string{"1 2 3"}) {
		t.Fatalf("got %q", got)
	}
	const want = `{"specversion":"1.0","id":"1","type":"baoxue.event.v1.OutcomeChanged","source":"/baoxue/verification",` +
		`"subject":"baoxue.verification.v1.outcome_changed.330106","time":"2019-07-01T00:00:00Z","datacontenttype":"application/json",` +
		`"data":{"entryId":"e-1","revision":1,"code":"B2","previousCode":"","countyCode":"330106"}}`
	if !strings.HasPrefix(o.messages[0], "["+want+",") {
		t.Errorf("got %s", o.messages[0])
	}
	receiver, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Verify([]byte(o.messages[0]), o.headers[0]); err != nil {
		t.Error(err)
	}
	if err := receiver.Verify([]byte(o.messages[0]+" "), o.headers[0]); err == nil {
		t.Error("an altered message has the same signature")
	}
	if w := b.only(t); w.Waiting != 0 || w.Failures != 0 || w.LastSuccess.IsZero() || w.URL != o.URL+"/hook" {
		t.Errorf("%+v", w)
	}
}

// A message that did not arrive comes again as it was, later and later; nothing overtakes it.
func TestWhatDidNotArriveComesAgain(t *testing.T) {
	o := newOther(t)
	o.answers = []int{http.StatusServiceUnavailable, http.StatusFound}
	b := open(t, hooks.NewPoster(home, o.roots()))
	b.create(t, o.URL, "330000")
	b.tell(t, outcome(t, "1", "330106"))
	b.send(t)
	b.tell(t, outcome(t, "2", "330106"))
	b.send(t)
	if w := b.only(t); w.Failures != 1 || w.LastError != "对方应答 HTTP 503" || w.Waiting != 2 {
		t.Errorf("%+v", w)
	}
	for range 3 {
		*b.now = b.now.Add(time.Minute)
		b.send(t)
	}
	if got := o.got(t); !slices.Equal(got, []string{"1", "1", "1", "2"}) {
		t.Fatalf("got %q", got)
	}
	id := standardwebhooks.HeaderWebhookID
	if o.headers[0].Get(id) != o.headers[2].Get(id) || o.headers[2].Get(id) == o.headers[3].Get(id) {
		t.Error("a message that comes again has its id, and no other has")
	}
}

// Whoever watches sees one that is out of order for long, until it is told something or somebody pauses it.
func TestWhatIsOutOfOrderIsCounted(t *testing.T) {
	o := newOther(t)
	b := open(t, hooks.NewPoster(home, o.roots()))
	w, _ := b.create(t, o.URL, "330000")
	failing := func(want int64) {
		t.Helper()
		got, err := b.Queue.(store.Webhooks).FailingWebhooks(testkit.Context(t), b.now.Add(-time.Hour))
		if err != nil || got != want {
			t.Errorf("%d are out of order, %v; want %d", got, err, want)
		}
	}
	failing(0)
	o.answers = []int{http.StatusServiceUnavailable, http.StatusServiceUnavailable}
	b.tell(t, outcome(t, "1", "330106"))
	b.send(t)
	failing(0)
	*b.now = b.now.Add(time.Hour)
	failing(1)
	b.send(t)
	failing(1)
	*b.now = b.now.Add(time.Minute)
	b.send(t)
	failing(0)
	o.answers = []int{http.StatusGone}
	b.tell(t, outcome(t, "2", "330106"))
	b.send(t)
	if w := b.only(t); w.State != domain.WebhookSuspended {
		t.Fatalf("%+v", w)
	}
	failing(1)
	if _, err := b.Resume(testkit.Context(t), w.ID); err != nil {
		t.Fatal(err)
	}
	failing(0)
}

// A great many events go in messages of a hundred.
func TestManyEventsGoTogether(t *testing.T) {
	o := newOther(t)
	b := open(t, hooks.NewPoster(home, o.roots()))
	b.create(t, o.URL, "330000")
	var many []bus.Event
	for i := range 250 {
		many = append(many, outcome(t, fmt.Sprint(i), "330106"))
	}
	b.tell(t, many...)
	b.send(t)
	if got := o.got(t); len(got) != 3 || !strings.HasPrefix(got[2], "200 201") {
		t.Errorf("%d messages", len(got))
	}
}

func TestAWebhookIsPausedResumedTestedAndDeleted(t *testing.T) {
	o := newOther(t)
	o.answers = []int{http.StatusGone}
	b, ctx := open(t, hooks.NewPoster(home, o.roots())), testkit.Context(t)
	w, _ := b.create(t, o.URL, "330000")
	if _, err := b.Pause(ctx, w.ID); err != nil {
		t.Fatal(err)
	}
	b.tell(t, outcome(t, "1", "330106"))
	b.send(t)
	if w, err := b.Resume(ctx, w.ID); err != nil || len(o.got(t)) != 0 || w.Waiting != 1 || w.State != domain.WebhookActive {
		t.Fatalf("%+v, %v", w, err)
	}
	b.send(t)
	if w := b.only(t); w.State != domain.WebhookSuspended {
		t.Errorf("gone is gone: %+v", w)
	}
	if _, err := b.Test(ctx, w.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Resume(ctx, w.ID); err != nil {
		t.Fatal(err)
	}
	b.send(t)
	if got := o.got(t); len(got) != 3 || got[1] != "1" || !strings.Contains(o.messages[2], `"type":"baoxue.webhook.test"`) {
		t.Errorf("got %q", got)
	}
	if err := b.Store.DeleteWebhook(ctx, w.ID); err != nil {
		t.Fatal(err)
	}
	b.tell(t, outcome(t, "2", "330106"))
	b.send(t)
	for _, id := range []string{w.ID, "x", ""} {
		if _, err := b.Pause(ctx, id); !errors.Is(err, domain.ErrWebhookUnknown) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// Two processes send each message once; what a dead one had is sent when its time is up.
func TestAMessageIsOneProcesses(t *testing.T) {
	o := newOther(t)
	poster := hooks.NewPoster(home, o.roots())
	b, ctx := open(t, poster), testkit.Context(t)
	b.create(t, o.URL, "330000")
	b.tell(t, outcome(t, "1", "330106"))
	// It died with the message in its hand.
	held, due, err := b.Queue.NextMessage(ctx, *b.now, b.now.Add(time.Minute))
	if err != nil || !due {
		t.Fatal(due, err)
	}
	b.tell(t, outcome(t, "2", "330106"))
	b.send(t)
	if got := o.got(t); len(got) != 0 {
		t.Errorf("another sent %q", got)
	}
	*b.now = b.now.Add(2 * time.Minute)
	b.send(t)
	if got := o.got(t); !slices.Equal(got, []string{"1", "2"}) || o.headers[0].Get(standardwebhooks.HeaderWebhookID) != held.ID {
		t.Errorf("got %q", got)
	}
}

// What nobody takes is kept for thirty days, and it is told until when something is missing.
func TestWhatWaitsTooLongIsDroppedAndTold(t *testing.T) {
	o := newOther(t)
	b, ctx := open(t, hooks.NewPoster(home, o.roots())), testkit.Context(t)
	b.create(t, o.URL, "330000")
	old := outcome(t, "old", "330106")
	recent := outcome(t, "recent", "330106")
	recent.Time = *b.now
	b.tell(t, old, recent)
	if err := b.Queue.Forget(ctx, b.now.AddDate(0, 0, -7), b.now.AddDate(0, 0, -30)); err != nil {
		t.Fatal(err)
	}
	if w := b.only(t); w.Waiting != 1 || !w.DroppedUntil.Equal(old.Time) {
		t.Errorf("%+v", w)
	}
	b.send(t)
	if got := o.got(t); !slices.Equal(got, []string{"recent"}) {
		t.Errorf("got %q", got)
	}
}

// An address inside leads nowhere, by number, by name, by any way of writing it, or by a redirect.
func TestAnAddressInsideIsNotCalled(t *testing.T) {
	o := newOther(t)
	poster, ctx := hooks.NewPoster(nil, o.roots()), testkit.Context(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(o.URL, "https://"), ":")
	secret := "whsec_" + "c2VjcmV0"
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "2130706433", "127.1"} {
		err := poster.Post(ctx, "https://"+host+":"+port, secret, "id", []byte("[]"))
		var refused *app.RefusedError
		if !errors.As(err, &refused) || refused.Reason != "系统不允许访问该地址" && refused.Reason != "无法连接" {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, inside := range []string{"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1", "224.0.0.1"} {
		if poster.Reachable(netip.MustParseAddr(inside)) == nil {
			t.Errorf("%s may be called", inside)
		}
	}
	for _, outside := range []string{"93.184.216.34", "2606:2800:220:1::1"} {
		if err := poster.Reachable(netip.MustParseAddr(outside)); err != nil {
			t.Errorf("%s: %v", outside, err)
		}
	}
	if len(o.got(t)) != 0 {
		t.Error("it was called")
	}
	// Without the certificate authority nobody is trusted, either.
	stranger := hooks.NewPoster(home, x509.NewCertPool())
	var refused *app.RefusedError
	if err := stranger.Post(ctx, o.URL, secret, "id", []byte("[]")); !errors.As(err, &refused) || refused.Reason != "对方的证书无效" {
		t.Errorf("got %v", err)
	}
	// What an address has in it is nothing for the log.
	for _, address := range []string{o.URL + "/?key=geheim", "https://oa.invalid/\x7f?key=geheim", "https://oa.invalid/?key=geheim"} {
		if err := stranger.Post(ctx, address, secret, "id", []byte("[]")); !errors.As(err, &refused) || strings.Contains(refused.Cause.Error(), "geheim") {
			t.Errorf("%q: %v", address, refused.Cause)
		}
	}
}

// Neither an address nor a secret lies open in the database.
func TestAddressesAndSecretsAreSealed(t *testing.T) {
	o := newOther(t)
	ctx := testkit.Context(t)
	pool, err := pg.Open(ctx, testkit.Database(t, "reporting", reporting.Migrate), pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	b := openOn(t, pool, hooks.NewPoster(home, o.roots()))
	_, secret := b.create(t, o.URL+"/?key=geheim", "330000")
	var stored string
	var trail int
	if err := pool.QueryRow(ctx, `SELECT w::text || encode(w.url_sealed, 'escape') || encode(w.secret_sealed, 'escape'),
		(SELECT count(*) FROM audit_records WHERE action = 'webhook.create') FROM webhooks w`).Scan(&stored, &trail); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(stored, "geheim") || strings.Contains(stored, secret[6:]) || trail != 1 {
		t.Errorf("%d in the trail; %s", trail, stored)
	}
}

func TestThereAreNotTooManyWebhooks(t *testing.T) {
	o := newOther(t)
	b := open(t, hooks.NewPoster(home, o.roots()))
	for range domain.MostWebhooks {
		b.create(t, o.URL, "330000")
	}
	_, _, err := b.Create(testkit.Context(t), domain.WebhookForm{URL: o.URL, Region: "330000", DisplayName: "多一个"}, "省级用户")
	if !errors.Is(err, domain.ErrTooManyWebhooks) {
		t.Errorf("got %v", err)
	}
}
