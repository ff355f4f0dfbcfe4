package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/app"
)

// served are batches of entries; an error ends them.
type served struct {
	batches [][]app.EntryLine
	err     error
}

func (s *served) Next() ([]app.EntryLine, error) {
	if len(s.batches) == 0 {
		return nil, s.err
	}
	first := s.batches[0]
	s.batches = s.batches[1:]
	return first, nil
}

// verification answers what it is asked from what was found, in the order of the entries or backwards.
type verification struct {
	found     map[string]bool
	backwards bool
	// fails at this answer, counting from 1.
	fails   int
	answers chan []app.FindingLine
	ended   <-chan struct{}
}

var errDown = errors.New("verification is down")

func (v *verification) Newest(ctx context.Context) (app.FindingStream, error) {
	v.ended = ctx.Done()
	// As much as anybody asks.
	v.answers = make(chan []app.FindingLine, 1000)
	return v, nil
}

func (v *verification) Ask(entryIDs []string) error {
	answer := []app.FindingLine{}
	for _, id := range entryIDs {
		if v.found[id] && v.backwards {
			answer = append([]app.FindingLine{{EntryID: id, School: "school of " + id}}, answer...)
		} else if v.found[id] {
			answer = append(answer, app.FindingLine{EntryID: id, School: "school of " + id})
		}
	}
	v.answers <- answer
	return nil
}

func (v *verification) EndAsking() error {
	close(v.answers)
	return nil
}

func (v *verification) Next() ([]app.FindingLine, error) {
	if v.fails--; v.fails == 0 {
		return nil, errDown
	}
	select {
	case answer, more := <-v.answers:
		if !more {
			return nil, io.EOF
		}
		return answer, nil
	case <-v.ended:
		return nil, context.Canceled
	}
}

// written keeps the lines; it is full after so many, if any.
type written struct {
	lines []string
	room  int
}

var errFull = errors.New("the disk is full")

func (w *written) Add(e app.EntryLine, f app.FindingLine) error {
	if w.room > 0 && len(w.lines) == w.room {
		return errFull
	}
	w.lines = append(w.lines, strings.TrimSpace(e.ID+" "+f.School))
	return nil
}

func (*written) Close() error { return nil }

// Each entry stands beside its own finding, in the order of the entries, however they come and
// whichever of them has none: not found yet, or not to be seen.
func TestEntriesAreMergedWithTheirOwnFindings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, entries, want := &verification{found: map[string]bool{}}, &served{err: io.EOF}, []string{}
		for b := range rapid.IntRange(0, 8).Draw(t, "batches") {
			var batch []app.EntryLine
			for n := range rapid.IntRange(0, 5).Draw(t, "entries") {
				e := app.EntryLine{ID: fmt.Sprintf("%d-%d", b, n), Code: rapid.SampledFrom([]string{"", "B3"}).Draw(t, "code")}
				v.found[e.ID] = rapid.Bool().Draw(t, "found")
				batch = append(batch, e)
				line := e.ID
				if e.Code != "" && v.found[e.ID] {
					line += " school of " + e.ID
				}
				want = append(want, line)
			}
			entries.batches = append(entries.batches, batch)
		}
		sheet := &written{lines: []string{}}
		filled, err := app.Export{Findings: v}.Fill(context.Background(), entries, sheet)
		if diff := cmp.Diff(want, sheet.lines); diff != "" || err != nil || filled != len(want) {
			t.Errorf("%d lines, %v, -asked +written\n%s", filled, err, diff)
		}
	})
}

// Whoever fails, the export says so, and says why.
func TestAnExportFailsWithItsParts(t *testing.T) {
	batches := func() [][]app.EntryLine {
		var all [][]app.EntryLine
		for n := range 10 {
			all = append(all, []app.EntryLine{{ID: fmt.Sprint("a", n), Code: "B3"}, {ID: fmt.Sprint("b", n), Code: "B3"}})
		}
		return all
	}
	all := map[string]bool{}
	for _, batch := range batches() {
		for _, e := range batch {
			all[e.ID] = true
		}
	}
	errLedger := errors.New("the ledger is down")
	for name, c := range map[string]struct {
		entries *served
		found   *verification
		sheet   *written
		want    string
	}{
		"the ledger":   {&served{batches(), errLedger}, &verification{found: all}, &written{}, errLedger.Error()},
		"verification": {&served{batches(), io.EOF}, &verification{found: all, fails: 3}, &written{}, errDown.Error()},
		"the file":     {&served{batches(), io.EOF}, &verification{found: all}, &written{room: 7}, errFull.Error()},
		"the order":    {&served{batches(), io.EOF}, &verification{found: all, backwards: true}, &written{}, "the finding of entry a0 came out of its order"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := app.Export{Findings: c.found}.Fill(testkit.Context(t), c.entries, c.sheet)
			if err == nil || err.Error() != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}
