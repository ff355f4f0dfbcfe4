package app

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// read reads a file in batches. It ends when the file is kept, too: an import that is
// finished can be given back.
func (m *Imports) read(ctx context.Context, path string, places *places, kept <-chan struct{}, progress *Progress) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		sheets, err := m.Open(path)
		if err != nil {
			yield(Batch{}, err)
			return
		}
		d := newDistribution(sheets, places)
		going := true
		for going && err == nil {
			var b Batch
			b, err = d.next(ctx)
			progress.Read.Store(int64(d.read))
			if err == nil || errors.Is(err, io.EOF) {
				going = yield(b, nil)
			}
		}
		if errors.Is(err, io.EOF) {
			err = wait(ctx, kept)
		}
		if err = errors.Join(err, sheets.Close()); err != nil && going {
			yield(Batch{}, err)
		}
	}
}

func wait(ctx context.Context, until <-chan struct{}) error {
	select {
	case <-until:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// watchEvery is how often people are told how far an import is, and how long it goes on
// after they cancelled it.
const watchEvery = 200 * time.Millisecond

// watch tells how far an import is until it is merged, and fails with ErrCancelled when that
// is asked for, whatever the import waits for at that moment.
func (m *Imports) watch(merging context.Context, id string, progress *Progress) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-merging.Done():
			return nil
		case <-tick.C:
			err := m.Store.SetProgress(merging, id, progress)
			if merging.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
		}
	}
}
