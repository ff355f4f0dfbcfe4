package systemtest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"baoxue.internal/pkg/testkit"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

// freeze stops a process with those that it made: connections stay, and nobody says a word. They go on with
// thaw, at the end of the test at the latest.
func freeze(t *testing.T, pid int) (thaw func()) {
	t.Helper()
	var frozen []int
	thaw = func() {
		for _, p := range frozen {
			// One that is gone needs nothing.
			_ = syscall.Kill(p, syscall.SIGCONT)
		}
	}
	t.Cleanup(thaw)
	stop := func(pid int) {
		// One may have ended since it was listed.
		if syscall.Kill(pid, syscall.SIGSTOP) == nil {
			frozen = append(frozen, pid)
		}
	}
	// The parent first, so that it makes no more.
	stop(pid)
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range strings.Fields(string(children)) {
		child, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		stop(child)
	}
	return thaw
}

// Each program, the broker and the database hang for a while, as under a machine without memory: nothing is closed and
// nothing is answered. Whoever needs them not goes on meanwhile, and afterwards everybody: nothing that was answered
// is lost, and every event is applied once.
func TestWhoHangsHoldsUpNobodyElse(t *testing.T) {
	const hang = 3 * time.Second
	ctx, s := testkit.Context(t), apart(t)
	l := begin(ctx, s.county)
	for _, frozen := range []struct {
		name string
		pid  int
		// saves and lists say what goes on without it.
		saves, lists bool
	}{
		{"reporting", s.programs["reporting"].cmd.Process.Pid, true, true},
		{"regionauth", s.programs["regionauth"].cmd.Process.Pid, true, true},
		{"broker", s.broker.cmd.Process.Pid, true, true},
		{"verification", s.programs["verification"].cmd.Process.Pid, false, true},
		{"ledger", s.programs["ledger"].cmd.Process.Pid, false, false},
		{"gateway", s.programs["gateway"].cmd.Process.Pid, false, false},
		{"database", s.database.cluster.Pid(), false, false},
	} {
		l.answers(ctx, 80)
		t.Logf("freezing %s", frozen.name)
		thaw, until := freeze(t, frozen.pid), time.After(hang)
		if frozen.saves {
			l.answers(ctx, 80)
		}
		if frozen.lists {
			if page := s.county.list(&ledgerv1.ListEntriesRequest{Tab: ledgerv1.Tab_TAB_PENDING, PageSize: 20}); len(page.GetEntries()) == 0 {
				t.Errorf("without %s a list is empty", frozen.name)
			}
		}
		<-until
		thaw()
	}
	l.answers(ctx, 80)
	l.end()
	l.compare(s.county)
	closeAndCompare(t, s.province)
}
