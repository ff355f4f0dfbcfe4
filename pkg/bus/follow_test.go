package bus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/testkit"
)

// Whoever breaks off anywhere and goes on after the last event noted has every event once, in
// order, those that came meanwhile among them.
func TestWhoFollowsMissesNothing(t *testing.T) {
	b, _ := broker(t, t.TempDir())
	published := 0
	var all []string
	rapid.Check(t, func(rt *rapid.T) {
		var got []string
		after := uint64(published)
		begin := published
		for range rapid.IntRange(1, 4).Draw(rt, "readings") {
			for range rapid.IntRange(0, 4).Draw(rt, "new") {
				published++
				all = append(all, fmt.Sprint("e", published))
				publish(t, b, all[published-1])
			}
			left := published - begin - len(got)
			if left == 0 {
				continue
			}
			want := rapid.IntRange(1, left).Draw(rt, "read")
			ctx, cancel := context.WithCancel(testkit.Context(t))
			err := b.Follow(ctx, bus.Place{After: after}, func(e bus.Event) error {
				got, after = append(got, e.ID), e.Sequence
				if want--; want == 0 {
					cancel()
					return errBroken
				}
				return nil
			})
			cancel()
			if !errors.Is(err, errBroken) {
				rt.Fatalf("%v", err)
			}
		}
		if !slices.Equal(got, all[begin:begin+len(got)]) {
			rt.Fatalf("got %v", got)
		}
	})
}

var errBroken = errors.New("the reader broke off")

func TestFollowingBeginsAtAnInstantAndWaitsForWhatComes(t *testing.T) {
	b, _ := broker(t, t.TempDir())
	publish(t, b, "a", "b")
	since := time.Now()
	ctx, cancel := context.WithCancel(testkit.Context(t))
	defer cancel()
	got := make(chan bus.Event)
	done := make(chan error, 1)
	go func() {
		done <- b.Follow(ctx, bus.Place{Since: since}, func(e bus.Event) error {
			got <- e
			return nil
		})
	}()
	publish(t, b, "c")
	if e := <-got; e.ID != "c" || e.Sequence != 3 || time.Since(e.Time) > time.Minute {
		t.Errorf("%+v", e)
	}
	publish(t, b, "d")
	if e := <-got; e.ID != "d" {
		t.Errorf("%+v", e)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("the reader's end is an error: %v", err)
	}
	if err := b.Follow(testkit.Context(t), bus.Place{After: 99}, nil); !errors.Is(err, bus.ErrNoSuchPlace) {
		t.Errorf("a place that is not there: %v", err)
	}
}
