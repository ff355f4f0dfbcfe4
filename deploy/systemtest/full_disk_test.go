package systemtest

import (
	"testing"

	"golang.org/x/sys/unix"

	"baoxue.internal/pkg/testkit"
)

// fill lets no file of a process grow, as on a disk without room, until there is room.
func fill(t *testing.T, pid int) (room func()) {
	t.Helper()
	var before unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1, Max: before.Max}, nil); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &before, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// The disk of the event stream is full for a while. Clerks go on, and once there is room everything that they saved
// comes into the month, without anybody starting anything.
func TestAFullDiskOfTheEventStreamLosesNothing(t *testing.T) {
	ctx, p := testkit.Context(t), newProgram(t)
	book, _ := generated(t, 3000, 80)
	p.asProvince().importFile("下发台账.xlsx", book)
	county := overREST{t, p.http, p.login(t, "xihu")}
	l := begin(ctx, county)
	l.answers(ctx, 80)
	room := fill(t, p.cmd.Process.Pid)
	l.answers(ctx, 400)
	room()
	l.answers(ctx, 80)
	l.end()
	l.compare(county)
	closeAndCompare(t, p.asProvince())
}
