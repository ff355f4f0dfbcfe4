package systemtest

import (
	"testing"

	"baoxue.internal/pkg/testkit"
)

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
