package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/services/reporting/internal/domain"
)

// Message is what is sent to a webhook at once.
type Message struct {
	Webhook domain.Webhook
	Secret  string
	// ID is the same when it is sent again.
	ID string
	// Events are CloudEvents in JSON, the oldest first.
	Events []string
}

// MessageQueue hands out messages, each to one process at a time.
type MessageQueue interface {
	// NextMessage is of the webhook that has waited longest; none is no error. Until then nobody
	// else gets one of that webhook.
	NextMessage(ctx context.Context, now, until time.Time) (Message, bool, error)
	// Settle stores what became of a message.
	Settle(ctx context.Context, m Message, after domain.Webhook, arrived bool) error
	// Forget drops what was delivered before one instant, and what has waited since before another.
	Forget(ctx context.Context, delivered, waiting time.Time) error
}

// RefusedError says why a message did not arrive, in words for an administrator.
type RefusedError struct {
	Reason string
	// Gone says that the address will never take one again.
	Gone bool
	// Cause is for the log.
	Cause error
}

// Error implements error.
func (e *RefusedError) Error() string { return e.Reason }

// Unwrap returns the cause.
func (e *RefusedError) Unwrap() error { return e.Cause }

// Poster sends a message; what it returns is a *RefusedError.
type Poster interface {
	Post(ctx context.Context, url, secret, id string, body []byte) error
}

const (
	// A webhook that is slow holds up one of so many.
	senders = 4
	// PostWithin is how long the other side may take.
	PostWithin = 15 * time.Second
	// A process that died gives a webhook back after this long.
	claimedFor = time.Minute
	// What is due, or was queued by another process, is looked for this often.
	lookForDue  = time.Second
	forgetEvery = time.Hour
	// What was delivered is kept so long to know it when it comes again, and what waits so long
	// for an address that does not take it.
	keepDelivered = 7 * 24 * time.Hour
	keepWaiting   = 30 * 24 * time.Hour
)

// Deliver sends what waits.
type Deliver struct {
	Queue  MessageQueue
	Poster Poster
	// Woken receives when something waits.
	Woken <-chan struct{}
	Now   func() time.Time
	Log   *slog.Logger
}

// Run sends until the context ends. What fails is tried again.
func (u Deliver) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return u.forget(ctx) })
	for range senders {
		group.Go(func() error {
			u.send(ctx)
			return nil
		})
	}
	return group.Wait()
}

func (u Deliver) forget(ctx context.Context) error {
	return lifecycle.Every(ctx, forgetEvery, u.Log, "old webhook events not dropped, will be tried again", func(ctx context.Context) error {
		now := u.Now()
		return u.Queue.Forget(ctx, now.Add(-keepDelivered), now.Add(-keepWaiting))
	})
}

func (u Deliver) send(ctx context.Context) {
	ticker := time.NewTicker(lookForDue)
	defer ticker.Stop()
	for {
		sent, err := u.One(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			u.Log.WarnContext(ctx, "webhook events not sent, will be tried again", "error", err)
		}
		if sent && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-u.Woken:
		case <-ticker.C:
		}
	}
}

// One sends one message, if one is due. That the other side did not take it is no error.
func (u Deliver) One(ctx context.Context) (sent bool, err error) {
	now := u.Now()
	m, due, err := u.Queue.NextMessage(ctx, now, now.Add(claimedFor))
	if err != nil || !due {
		return false, err
	}
	limited, cancel := context.WithTimeout(ctx, PostWithin)
	defer cancel()
	failure := u.Poster.Post(limited, m.Webhook.URL, m.Secret, m.ID, []byte("["+strings.Join(m.Events, ",")+"]"))
	if ctx.Err() != nil {
		// The process ends: whoever is next sends the same message again.
		return false, ctx.Err()
	}
	after := m.Webhook.Delivered(u.Now())
	if failure != nil {
		refused := &RefusedError{Reason: "推送失败", Cause: failure}
		errors.As(failure, &refused)
		after = m.Webhook.Failed(u.Now(), refused.Reason, refused.Gone)
		u.Log.WarnContext(ctx, "webhook did not take a message", "webhook", m.Webhook.ID, "message", m.ID, "failures", after.Failures,
			"state", string(after.State), "next_attempt", after.NextAttempt, "error", refused.Cause)
	}
	return true, u.Queue.Settle(ctx, m, after, failure == nil)
}
