package systemtest

import (
	"context"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"baoxue.internal/deploy/standalone"
	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/privatepg"
	"baoxue.internal/pkg/testkit"
)

// brokerDir and brokerAddress make of this test program a broker, which can then be killed alone.
const (
	brokerDir     = "BAOXUE_TEST_BROKER_DIR"
	brokerAddress = "BAOXUE_TEST_BROKER_ADDRESS"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(brokerDir); dir != "" {
		serveBroker(dir, os.Getenv(brokerAddress))
		return
	}
	testkit.Main(m)
}

func serveBroker(dir, address string) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	broker, err := bus.StartEmbedded(bus.EmbeddedOptions{Dir: dir, Listen: address, Log: quiet})
	if err != nil {
		panic(err)
	}
	<-ctx.Done()
	broker.Stop()
}

// powerless is a PostgreSQL that may be killed. Whoever connects knows it by a name that
// stays when it starts again.
type powerless struct {
	t       *testing.T
	options privatepg.Options
	name    string
	cluster *privatepg.Cluster
}

func newPowerless(t *testing.T) *powerless {
	t.Helper()
	dir := openTemp(t)
	p := &powerless{t: t, options: privatepg.Options{DataDir: filepath.Join(dir, "postgres"), Durable: true}, name: filepath.Join(dir, "socket")}
	t.Cleanup(func() {
		// The test's own context has ended.
		if err := p.cluster.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	p.start()
	return p
}

func (p *powerless) start() {
	p.t.Helper()
	cluster, err := privatepg.Start(testkit.Context(p.t), p.options)
	if err != nil {
		p.t.Fatal(err)
	}
	p.cluster = cluster
	if err := os.RemoveAll(p.name); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Symlink(p.address("postgres", "postgres").Query().Get("host"), p.name); err != nil {
		p.t.Fatal(err)
	}
}

func (p *powerless) address(database, role string) *url.URL {
	p.t.Helper()
	u, err := url.Parse(p.cluster.DSNAs(database, role))
	if err != nil {
		p.t.Fatal(err)
	}
	return u
}

func (p *powerless) dsn(database, role string) string {
	u := p.address(database, role)
	q := u.Query()
	q.Set("host", p.name)
	u.RawQuery = q.Encode()
	return u.String()
}

// restart kills it as a loss of power does and starts it again.
func (p *powerless) restart() {
	p.t.Helper()
	if err := syscall.Kill(p.cluster.Pid(), syscall.SIGKILL); err != nil {
		p.t.Fatal(err)
	}
	<-p.cluster.Done()
	// It says that it ended by itself; what it held is given up.
	_ = p.cluster.Stop(testkit.Context(p.t))
	p.start()
}

// parts is a system of which each program, the broker and the database is a process of its own, with a ledger.
type parts struct {
	*system
	broker           *process
	database         *powerless
	province, county overREST
}

func apart(t *testing.T) *parts {
	t.Helper()
	database, address := newPowerless(t), freeAddress(t)
	p := &parts{database: database, broker: start(t, []string{brokerDir + "=" + openTemp(t), brokerAddress + "=" + address}, os.Args[0])}
	p.system = separateOn(t, database.cluster, "nats://"+address, database.dsn)
	p.province = overREST{t, p.http, p.login(t, standalone.DemoUsers[0].Username)}
	book, _ := generated(t, 3000, 78)
	p.province.importFile("下发台账.xlsx", book)
	p.county = overREST{t, p.http, p.login(t, "xihu")}
	return p
}

// Each program, the broker and the database are killed alone while clerks save and the rest
// goes on. Every save that was answered is there afterwards, once and in its place, and every
// event is applied once.
func TestNoAnsweredSaveIsLostWhenOneIsKilled(t *testing.T) {
	ctx, s := testkit.Context(t), apart(t)
	l := begin(ctx, s.county)
	for _, killed := range []struct {
		name    string
		restart func()
	}{
		{"verification", s.programs["verification"].restart},
		{"ledger", s.programs["ledger"].restart},
		{"reporting", s.programs["reporting"].restart},
		{"regionauth", s.programs["regionauth"].restart},
		{"gateway", s.programs["gateway"].restart},
		{"broker", s.broker.restart},
		{"database", s.database.restart},
	} {
		l.answers(ctx, 80)
		t.Logf("killing %s", killed.name)
		killed.restart()
	}
	l.answers(ctx, 80)
	l.end()
	waitFor(t, s.http+"/readyz")
	l.compare(s.county)
	closeAndCompare(t, s.province)
}
