package systemtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"baoxue.internal/deploy/internal/alerts"
	"baoxue.internal/pkg/obs"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/testkit"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

// Nobody is woken while all is in order; who is not published, not applied or not measured is told of, until it is mended.
func TestWhoIsWoken(t *testing.T) {
	cluster, authority, address := testkit.Postgres(t), testkit.NewAuthority(t), freeAddress(t)
	broker := start(t, []string{brokerDir + "=" + openTemp(t), brokerAddress + "=" + address}, os.Args[0])
	s := separateWith(t, cluster, "nats://"+address, cluster.DSNAs, rpc.TLSFiles(authority.Issue(t.TempDir())))
	d := stage(t, s)
	waiting := d.county.list(&ledgerv1.ListEntriesRequest{Tab: ledgerv1.Tab_TAB_PENDING, PageSize: 2}).GetEntries()
	save := func(i int) {
		t.Helper()
		if _, err := d.county.submit(workingAway(waiting[i])); err != nil {
			t.Fatal(err)
		}
	}
	save(0)
	c := operator(t, s)
	c.ok("期中汇总", "month", "close", "--month", thisMonth())

	figures := s.figures(t)
	all := theAlerts(t)
	for _, a := range all {
		if missing, err := a.Unread(figures); err != nil || len(missing) > 0 {
			t.Errorf("%s looks at what is not there: %v, %v", a.Name, missing, err)
		}
	}
	for title, expr := range theDashboard(t) {
		if missing, err := alerts.Unread(expr, figures); err != nil || len(missing) > 0 {
			t.Errorf("%s shows what is not there: %v, %v", title, missing, err)
		}
	}
	// The certificates of tests end within the hour.
	const always = "BaoxueCertificateEnds"
	if woken := firing(t, all, figures, 0); !slices.Equal(woken, []string{always}) {
		t.Errorf("woken by %v while all is in order", woken)
	}

	bury(t, s)
	broker.kill()
	save(1)
	figures = s.figuresWhen(t, func(f alerts.Figures) bool {
		return total(f, "baoxue_event_stream_connected") == 0 && total(f, "baoxue_dead_letters") == 1 && total(f, "baoxue_outbox_unpublished_events") > 0
	})
	if oldest := total(figures, "baoxue_outbox_oldest_seconds"); oldest <= 0 {
		t.Errorf("events wait, the oldest since %v s", oldest)
	}
	if woken := firing(t, all, figures, 0); !slices.Equal(woken, []string{always, "BaoxueDeadLetters", "BaoxueEventStreamLost"}) {
		t.Errorf("woken by %v without a broker", woken)
	}
	if woken := firing(t, all, figures, 3*time.Minute); !slices.Contains(woken, "BaoxueNotMeasured") {
		t.Errorf("woken by %v when nothing is measured any more", woken)
	}

	broker.start()
	s.figuresWhen(t, func(f alerts.Figures) bool {
		return total(f, "baoxue_event_stream_connected") == float64(len(services)) && total(f, "baoxue_outbox_unpublished_events") == 0
	})
	c.ok("已重放 1 条", "events", "replay", "--service", "reporting")
	if woken := firing(t, all, s.figures(t), 0); !slices.Equal(woken, []string{always}) {
		t.Errorf("woken by %v after all was mended", woken)
	}
}

func theAlerts(t *testing.T) []alerts.Alert {
	t.Helper()
	all, err := alerts.Load("../prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// theDashboard has what its panels ask, by what they are called there.
func theDashboard(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.ReadFile("../dashboards/baoxue.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ RefID, Expr string }
		}
	}
	if err := json.Unmarshal(file, &board); err != nil {
		t.Fatal(err)
	}
	asked := map[string]string{}
	for _, p := range board.Panels {
		for _, q := range p.Targets {
			asked[p.Title+" "+q.RefID] = strings.ReplaceAll(q.Expr, "$__rate_interval", "1m")
		}
	}
	if len(asked) == 0 {
		t.Fatal("the dashboard asks nothing")
	}
	return asked
}

// firing are the names of the alerts that fire some time after the figures were read.
func firing(t *testing.T, all []alerts.Alert, figures alerts.Figures, later time.Duration) (names []string) {
	t.Helper()
	for _, a := range all {
		about, err := a.Firing(testkit.Context(t), figures, time.Now().Add(later))
		if err != nil {
			t.Fatal(err)
		}
		if len(about) > 0 {
			names = append(names, a.Name)
		}
	}
	slices.Sort(names)
	return names
}

// total adds up a figure over all that it tells of.
func total(f alerts.Figures, figure string) (sum float64) {
	for _, value := range f.Newest(figure) {
		sum += value
	}
	return sum
}

// figures are those that are measured from now on.
func (s *system) figures(t *testing.T) alerts.Figures {
	t.Helper()
	since := float64(time.Now().UnixMilli()) / 1000
	return s.figuresWhen(t, func(f alerts.Figures) bool {
		measured := slices.Collect(maps.Values(f.Newest(obs.MeasuredName)))
		return len(measured) == len(services) && slices.Min(measured) > since
	})
}

// figuresWhen asks all programs until they tell something.
func (s *system) figuresWhen(t *testing.T, told func(alerts.Figures) bool) alerts.Figures {
	t.Helper()
	ctx := testkit.Context(t)
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		var all alerts.Figures
		for name, address := range s.metrics {
			all = append(all, scrape(t, name, address)...)
		}
		if told(all) {
			return all
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("not told in time")
		}
	}
}

func scrape(t *testing.T, name, address string) alerts.Figures {
	t.Helper()
	req, err := http.NewRequestWithContext(testkit.Context(t), http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	figures, err := alerts.Scraped(resp.Body, time.Now(), "baoxue", name)
	if err != nil {
		t.Fatal(err)
	}
	return figures
}
