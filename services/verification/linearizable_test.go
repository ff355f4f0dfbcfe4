package verification_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/domain"
)

// outcome is an entry's newest finding as a clerk learns of it: by saving, by being told
// of a conflict, or by reading. The author is another in every call.
type outcome struct {
	revision int64
	author   string
}

// call is a save upon a revision, or a read.
type call struct {
	entry, author string
	base          int64
	read          bool
}

// answered is what came of it: the newest outcome, which is the call's own if it is saved.
type answered struct {
	outcome
	saved bool
}

// oneEntry says what may come of calls that come one after the other.
var oneEntry = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byEntry := map[string][]porcupine.Operation{}
		for _, o := range history {
			entry := o.Input.(call).entry
			byEntry[entry] = append(byEntry[entry], o)
		}
		var parts [][]porcupine.Operation
		for _, part := range byEntry {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return outcome{} },
	Step: func(state, input, output any) (bool, any) {
		is, c, a := state.(outcome), input.(call), output.(answered)
		if c.read || !a.saved {
			return a.outcome == is && (c.read || c.base != is.revision), is
		}
		next := outcome{c.base + 1, c.author}
		return c.base == is.revision && a.outcome == next, next
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}

// Many clerks save and read the same few entries: all that they are told can be explained
// by their calls having come one after the other. BAOXUE_LINEARIZABLE_FOR makes it last
// longer, e.g. 1m.
func TestSavesOfTheSameEntriesAreLinearizable(t *testing.T) {
	s, _ := openStore(t)
	span := 2 * time.Second
	if text := os.Getenv("BAOXUE_LINEARIZABLE_FOR"); text != "" {
		var err error
		if span, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	const clerks, entries = 64, 10
	ids := make([]string, entries)
	for i := range ids {
		ids[i] = uuid.NewString()
	}
	ctx, start := testkit.Context(t), time.Now()
	var mu sync.Mutex
	var history []porcupine.Operation
	known := make([]map[string]int64, clerks)
	for i := range known {
		known[i] = map[string]int64{}
	}
	// In rounds: the search for an order is bounded by what is under way at once.
	for round := 0; time.Since(start) < span && !t.Failed(); round++ {
		var group sync.WaitGroup
		for clerk := range clerks {
			group.Go(func() {
				c := call{entry: ids[rand.IntN(entries)], author: fmt.Sprintf("%d-%d", clerk, round), read: rand.IntN(4) == 0}
				c.base = known[clerk][c.entry]
				began := time.Since(start)
				a, err := s.answer(ctx, c)
				ended := time.Since(start)
				if err != nil {
					t.Error(err)
					return
				}
				known[clerk][c.entry] = a.revision
				mu.Lock()
				defer mu.Unlock()
				history = append(history, porcupine.Operation{ClientId: clerk, Input: c, Output: a, Call: int64(began), Return: int64(ended)})
			})
		}
		group.Wait()
	}
	saved, refused := 0, 0
	for _, o := range history {
		switch a := o.Output.(answered); {
		case a.saved:
			saved++
		case !o.Input.(call).read:
			refused++
		}
	}
	if saved < entries || refused < entries {
		t.Fatalf("%d saved, %d refused: this proves nothing", saved, refused)
	}
	if got := porcupine.CheckOperationsTimeout(oneEntry, history, time.Minute); got != porcupine.Ok {
		t.Errorf("%d calls, %d saved, %d refused: %v", len(history), saved, refused, got)
	}
	t.Logf("%d calls, %d saved, %d refused", len(history), saved, refused)
}

// answer makes a call as the service would.
func (s saver) answer(ctx context.Context, c call) (answered, error) {
	if c.read {
		found, err := s.ListFindings(ctx, c.entry)
		if err != nil || len(found) == 0 {
			return answered{}, err
		}
		return answered{outcome: outcome{found[0].Revision, found[0].AuthorID}}, nil
	}
	save := saving(c.entry, c.author, "", "A1", c.base)
	save.Author = domain.Author{ID: c.author, Name: c.author}
	f, err := s.Save(ctx, save)
	if conflict := fault.As(err); conflict != nil && conflict.Reason == "REVISION_CONFLICT" {
		// Of an entry without any finding nothing is told.
		revision, _ := strconv.ParseInt(conflict.Metadata["revision"], 10, 64)
		return answered{outcome: outcome{revision, conflict.Metadata["author"]}}, nil
	}
	return answered{outcome{f.Revision, f.AuthorID}, true}, err
}
