package systemtest

import (
	"net/http"
	"os"
	"strings"
	"testing"

	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

// A broker comes back from an older copy, or with nothing at all: what it had acknowledged since is
// published again, the events say all that the figures say, and a month can be closed.
func TestABrokerFromAnOlderCopyLacksNothing(t *testing.T) {
	database, address, dir := newPowerless(t), freeAddress(t), openTemp(t)
	broker := start(t, []string{brokerDir + "=" + dir, brokerAddress + "=" + address}, os.Args[0])
	s := separateOn(t, database.cluster, "nats://"+address, database.dsn)
	province := overREST{t, s.http, s.login(t, "zhejiang")}
	// away replaces what the broker keeps while it is down. The services are started again, as
	// the operations guide says.
	away := func(replace func()) {
		broker.kill()
		replace()
		broker.start()
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
	told := func() (events uint64) {
		t.Helper()
		checked := &reportingv1.RebuildFiguresResponse{}
		if err := province.into(checked, http.MethodPost, "/v1/figures:rebuild", strings.NewReader(`{"validateOnly":true}`)); err != nil {
			t.Fatal(err)
		}
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
	away(func() { copyTo(t, older, dir) })
	closeAndCompare(t, province)
	if again := told(); again != all {
		t.Errorf("%d events after the older copy, %d before it", again, all)
	}
	work(93)
	all = told()
	away(func() { empty(t, dir) })
	closeAndCompare(t, province)
	if again := told(); again != all {
		t.Errorf("%d events after nothing was left, %d before", again, all)
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
