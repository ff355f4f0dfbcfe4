package systemtest

import (
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/testkit"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

// A broker comes back from an older copy, or with nothing at all: what it had acknowledged since is
// published again, the events say all that the figures say, and a month can be closed. That it can
// be, too, when what was lost is kept no longer; a check tells then that no event tells the facts.
func TestABrokerFromAnOlderCopyLacksNothing(t *testing.T) {
	database, address, dir := newPowerless(t), freeAddress(t), openTemp(t)
	broker := start(t, []string{brokerDir + "=" + dir, brokerAddress + "=" + address}, os.Args[0])
	s := separateOn(t, database.cluster, "nats://"+address, database.dsn)
	province := overREST{t, s.http, s.login(t, "zhejiang")}
	// away replaces what the broker keeps while it is down.
	away := func(replace func()) {
		broker.kill()
		replace()
		broker.start()
	}
	// again starts the services, as the operations guide says.
	again := func() {
		// Whoever finds no broker ends, and is started again by whoever looks after it.
		listening(t, address)
		for _, p := range s.programs {
			p.restart()
		}
		waitFor(t, s.http+"/readyz")
	}
	work := func(seed uint64) {
		book, _ := generated(t, 200, seed)
		province.importFile("下发台账.xlsx", book)
		closeAndCompare(t, province)
	}
	check := func() *reportingv1.RebuildFiguresResponse {
		t.Helper()
		checked := &reportingv1.RebuildFiguresResponse{}
		if err := province.into(checked, http.MethodPost, "/v1/figures:rebuild", strings.NewReader(`{"validateOnly":true}`)); err != nil {
			t.Fatal(err)
		}
		return checked
	}
	told := func() (events uint64) {
		t.Helper()
		checked := check()
		if checked.GetMissing()+checked.GetDifferent()+checked.GetUntold()+checked.GetEntries() != 0 {
			t.Errorf("the events say otherwise than the figures: %v", checked)
		}
		return checked.GetStreamSequence()
	}
	work(91)
	older := openTemp(t)
	away(func() { copyTo(t, dir, older) })
	work(92)
	all := told()
	// Who goes on meanwhile notices by itself.
	away(func() { copyTo(t, older, dir) })
	listening(t, address)
	work(94)
	if events := told(); events <= all {
		t.Errorf("%d events after the older copy and more work, %d before it", events, all)
	}
	work(93)
	all = told()
	away(func() { empty(t, dir) })
	again()
	closeAndCompare(t, province)
	if events := told(); events != all {
		t.Errorf("%d events after nothing was left, %d before", events, all)
	}
	away(func() {
		empty(t, dir)
		forget(t, database.dsn(s.databases+"ledger", s.databases+"ledger"))
	})
	again()
	closeAndCompare(t, province)
	if checked := check(); checked.GetUntold() != int64(all) || checked.GetMissing()+checked.GetDifferent()+checked.GetEntries() != 0 {
		t.Errorf("without the events: %v, there were %d", checked, all)
	}
}

// forget drops what a service has published, as happens two days later.
func forget(t *testing.T, dsn string) {
	t.Helper()
	execute(t, dsn, "DELETE FROM outbox WHERE published_at IS NOT NULL")
}

// execute does something behind the services' back, and tells of how many rows it was.
func execute(t *testing.T, dsn, sql string) int64 {
	t.Helper()
	ctx := testkit.Context(t)
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // a test's connection
	tag, err := conn.Exec(ctx, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return tag.RowsAffected()
}

// listening waits until an address takes connections.
func listening(t *testing.T, address string) {
	t.Helper()
	ctx := testkit.Context(t)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil {
			if err := conn.Close(); err != nil {
				t.Fatal(err)
			}
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s takes no connection: %v", address, err)
		}
	}
}

// copyTo makes a folder's content that of another.
func copyTo(t *testing.T, from, to string) {
	t.Helper()
	empty(t, to)
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func empty(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}
