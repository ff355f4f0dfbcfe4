// Package gather lets what many ask for at the same moment be done together: one
// transaction, and one wait for the disk, serves as many as are waiting.
package gather

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Answer is what one of many gets: a value, or its own error.
type Answer[A any] struct {
	Value A
	Err   error
}

// Options say how questions are gathered. All but Key are required.
type Options[Q, A any] struct {
	// Workers is how many batches are done at the same time, at least 1.
	Workers int
	// Enough is how many may wait for each worker that is busy before another begins beside it; 0 means
	// 1. Of what costs hardly more for many than for one, one large batch is better than two.
	Enough int
	// Most is how many questions a batch has at most, at least 1.
	Most int
	// Within bounds the work on one batch.
	Within time.Duration
	// Key names what no two questions may be about at once: the second waits for a
	// later batch. Nil or an empty key means that they don't disturb each other.
	Key func(Q) string
	// Do answers a batch, question by question. An error says that nothing of the
	// batch was done; each question that is still waited for is then tried alone. Its context is nobody's: it
	// ends with none of those who ask.
	Do func(ctx context.Context, batch []Q) ([]Answer[A], error)
}

// Gatherer does together what is asked together. It has no goroutines while
// nobody asks.
type Gatherer[Q, A any] struct {
	o Options[Q, A]

	mu      sync.Mutex
	queue   []*question[Q, A]
	busy    map[string]bool
	workers int
}

type question[Q, A any] struct {
	ctx    context.Context //nolint:containedctx // whoever waits; the work has a context of its own
	q      Q
	key    string
	answer chan Answer[A]
}

// New returns a gatherer.
func New[Q, A any](o Options[Q, A]) *Gatherer[Q, A] {
	return &Gatherer[Q, A]{o: o, busy: map[string]bool{}}
}

// Do asks one question and waits for its answer. When the context ends first, its
// error is returned, and the work is done all the same if it had begun.
func (g *Gatherer[Q, A]) Do(ctx context.Context, q Q) (A, error) {
	answers := g.DoAll(ctx, []Q{q})
	return answers[0].Value, answers[0].Err
}

// DoAll asks many questions at once and returns the answers in their order.
func (g *Gatherer[Q, A]) DoAll(ctx context.Context, questions []Q) []Answer[A] {
	asked := make([]*question[Q, A], len(questions))
	for i, q := range questions {
		asked[i] = &question[Q, A]{ctx: ctx, q: q, answer: make(chan Answer[A], 1)}
		if g.o.Key != nil {
			asked[i].key = g.o.Key(q)
		}
	}
	g.enqueue(asked)
	answers := make([]Answer[A], len(asked))
	for i, a := range asked {
		select {
		case answers[i] = <-a.answer:
		case <-ctx.Done():
			answers[i].Err = fmt.Errorf("waiting for a batch: %w", ctx.Err())
		}
	}
	return answers
}

func (g *Gatherer[Q, A]) enqueue(asked []*question[Q, A]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue = append(g.queue, asked...)
	for g.workers < g.o.Workers && len(g.queue) > g.workers*max(1, g.o.Enough) {
		g.workers++
		go g.work()
	}
}

// work takes batch after batch until none is left.
func (g *Gatherer[Q, A]) work() {
	for batch := g.take(nil); len(batch) > 0; batch = g.take(batch) {
		g.answer(batch)
	}
}

// take gives back the keys of the batch before and returns the next one. A worker
// that gets none ends: what is left waits for a key that another worker has, who
// takes it next.
func (g *Gatherer[Q, A]) take(before []*question[Q, A]) (batch []*question[Q, A]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, q := range before {
		delete(g.busy, q.key)
	}
	if g.workers > 1 && len(g.queue) < g.o.Enough {
		// Another worker is busy, and takes them next.
		g.workers--
		return nil
	}
	left := g.queue[:0]
	for _, q := range g.queue {
		switch {
		case q.ctx.Err() != nil:
			// Nobody waits any more.
		case len(batch) == g.o.Most || q.key != "" && g.busy[q.key]:
			left = append(left, q)
		default:
			batch = append(batch, q)
			if q.key != "" {
				g.busy[q.key] = true
			}
		}
	}
	clear(g.queue[len(left):])
	g.queue = left
	if len(batch) == 0 {
		g.workers--
	}
	return batch
}

func (g *Gatherer[Q, A]) answer(batch []*question[Q, A]) {
	answers, err := g.do(batch)
	switch {
	case err == nil:
		for i, q := range batch {
			q.answer <- answers[i]
		}
	case len(batch) == 1:
		batch[0].answer <- Answer[A]{Err: err}
	default:
		for i, q := range batch {
			// Of what hangs, each alone would hang as long: not for those who left meanwhile.
			if q.ctx.Err() == nil {
				g.answer(batch[i : i+1])
			}
		}
	}
}

// do answers a batch; a panic is an error of whoever asked.
func (g *Gatherer[Q, A]) do(batch []*question[Q, A]) (answers []Answer[A], err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a batch: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), g.o.Within)
	defer cancel()
	questions := make([]Q, len(batch))
	for i, q := range batch {
		questions[i] = q.q
	}
	answers, err = g.o.Do(ctx, questions)
	if err == nil && len(answers) != len(batch) {
		return nil, fmt.Errorf("%d answers to %d questions", len(answers), len(batch))
	}
	return answers, err
}
