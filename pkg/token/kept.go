package token

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// askWithin bounds a question: a service that hangs is asked again by the next who needs it.
	askWithin = 10 * time.Second
	// moment is how long whoever asks anew waits for the answer, when the one at hand would do.
	moment = 250 * time.Millisecond
)

// kept is an answer of another service, used until it is too old. While one is at hand that will do, nobody
// waits for longer than a moment, whatever the service does; and who has to wait waits with the others, and
// no longer than the own call lasts.
type kept[T any] struct {
	source func(ctx context.Context) (T, error)
	now    func() time.Time
	// old says when to ask again, dead when the answer will not do any more.
	old, dead func(value T, age time.Duration) bool

	mu    sync.Mutex
	value T
	// asOf is when it was asked for; zero before the first answer.
	asOf time.Time
	// asked is the newest question.
	asked *question
}

// question is one that was asked; err is set once it is done.
type question struct {
	at   time.Time
	done chan struct{}
	err  error
}

// get returns an answer that will do.
func (k *kept[T]) get(ctx context.Context) (T, error) {
	k.mu.Lock()
	value, good, old := k.value, k.good(), k.asOf.IsZero() || k.old(k.value, k.age())
	if good && (!old || k.asking()) {
		k.mu.Unlock()
		return value, nil
	}
	q := k.ask()
	k.mu.Unlock()
	if good {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, moment)
		defer cancel()
	}
	err := q.wait(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.good() {
		return k.value, nil
	}
	return k.value, err
}

// anew returns an answer that was asked for since get, but asks no oftener than seldom.
func (k *kept[T]) anew(ctx context.Context, seldom time.Duration) (T, error) {
	k.mu.Lock()
	q := k.asked
	if q == nil || !k.asking() && k.now().Sub(q.at) >= seldom {
		q = k.ask()
	}
	k.mu.Unlock()
	err := q.wait(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.value, err
}

// since is when the answer at hand was asked for.
func (k *kept[T]) since() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.asOf
}

// What follows wants the lock.

func (k *kept[T]) age() time.Duration { return k.now().Sub(k.asOf) }

func (k *kept[T]) good() bool { return !k.asOf.IsZero() && !k.dead(k.value, k.age()) }

// asking reports whether a question is under way.
func (k *kept[T]) asking() bool {
	if k.asked == nil {
		return false
	}
	select {
	case <-k.asked.done:
		return false
	default:
		return true
	}
}

// ask asks, unless somebody does already. The question is nobody's own: it does not end with who asked first.
func (k *kept[T]) ask() *question {
	if k.asking() {
		return k.asked
	}
	q := &question{at: k.now(), done: make(chan struct{})}
	k.asked = q
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), askWithin)
		defer cancel()
		value, err := k.source(ctx)
		k.mu.Lock()
		defer k.mu.Unlock()
		if q.err = err; err == nil {
			k.value, k.asOf = value, q.at
		}
		close(q.done)
	}()
	return q
}

func (q *question) wait(ctx context.Context) error {
	select {
	case <-q.done:
		return q.err
	case <-ctx.Done():
		return fmt.Errorf("waiting for an answer: %w", ctx.Err())
	}
}
