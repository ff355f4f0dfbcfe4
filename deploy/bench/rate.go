package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// pace is what a number of clients reached together.
type pace struct {
	// rate in calls a second, median in milliseconds.
	rate, median float64
}

// errUsedUp ends a measure for which there are too few children; the others go on.
var errUsedUp = errors.New("there is nothing left to measure with: take more --rows or a shorter --span")

func leaveOut(what string) { slog.Warn("left out", "what", what, "why", errUsedUp) }

// drive has clients call one after the other for the span; each call tells the
// client's number. What is done when errUsedUp comes back counts, as long as it
// took a tenth of the span.
func drive(ctx context.Context, clients int, span time.Duration, call func(ctx context.Context, client int) error) (pace, error) {
	took := make([][]time.Duration, clients)
	group, ctx := errgroup.WithContext(ctx)
	begin := time.Now()
	for c := range clients {
		group.Go(func() error {
			for time.Since(begin) < span {
				from := time.Now()
				err := call(ctx, c)
				if errors.Is(err, errUsedUp) && time.Since(begin) > span/10 {
					return nil
				}
				if err != nil {
					return err
				}
				took[c] = append(took[c], time.Since(from))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return pace{}, err
	}
	all := slices.Concat(took...)
	elapsed := time.Since(begin)
	slices.Sort(all)
	return pace{rate: float64(len(all)) / elapsed.Seconds(), median: float64(all[len(all)/2].Microseconds()) / 1000}, nil
}
