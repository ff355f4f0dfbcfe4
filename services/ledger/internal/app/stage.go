package app

import (
	"context"
	"errors"
	"io"
)

// batchesAhead bounds how far reading is ahead of storing.
const batchesAhead = 4

// stage has the rows read and stored at the same time: each takes about as long as the
// other. Whichever fails stops the other.
func (m *Imports) stage(ctx context.Context, id string, d *distribution) error {
	ctx, stop := context.WithCancelCause(ctx)
	batches := make(chan batch, batchesAhead)
	read := make(chan error, 1)
	go func() {
		defer close(batches)
		read <- d.readAll(ctx, batches)
	}()
	var err error
	for b := range batches {
		if err = m.storeBatch(ctx, id, b); err != nil {
			stop(err)
			break
		}
	}
	// What is still under way is given up.
	for range batches { //nolint:revive // only waits for the reader to end
	}
	readErr := <-read
	stop(nil)
	if err != nil {
		return err
	}
	return readErr
}

func (m *Imports) storeBatch(ctx context.Context, id string, b batch) error {
	if err := m.Store.StageRows(ctx, id, b.rows); err != nil {
		return err
	}
	return m.Store.SetRowsRead(ctx, id, b.read)
}

// readAll passes all rows on in batches, the last of which may be empty.
func (d *distribution) readAll(ctx context.Context, to chan<- batch) error {
	for {
		b, err := d.next(ctx)
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return err
		}
		select {
		case to <- b:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if ended {
			return nil
		}
	}
}
