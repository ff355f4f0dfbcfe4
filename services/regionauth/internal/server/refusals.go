package server

import (
	"context"
	"strings"
	"sync"
	"time"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/services/regionauth/internal/domain"
)

// Refusals records that somebody who is nobody yet was refused. The lock-out
// bounds how often a password can be wrong; every other refusal is cheap to
// provoke, so that the same one is recorded once a minute: the trail must not be
// filled by guessing.
type Refusals struct {
	record func(context.Context, audit.Record)
	now    func() time.Time

	mu     sync.Mutex
	since  time.Time
	lately map[refusal]bool
}

type refusal struct{ action, name, address, reason string }

const (
	refusalEvery = time.Minute
	// With this many different ones within a minute, the rest of it goes without.
	mostRefusals = 5000
)

// NewRefusals records with record.
func NewRefusals(record func(context.Context, audit.Record), now func() time.Time) *Refusals {
	return &Refusals{record: record, now: now, lately: map[refusal]bool{}}
}

// guarded records a refusal by something that the lock-out guards.
func (n *Refusals) guarded(ctx context.Context, action, name string, err error) {
	if f := fault.As(err); f != nil && (refuses(f) || f.Reason == "CREDENTIALS_INVALID") {
		n.note(ctx, action, name, f.Reason, f.Kind == fault.Exhausted)
	}
}

// unguarded records a refusal by something that anybody may try at will.
func (n *Refusals) unguarded(ctx context.Context, action, name string, err error) {
	f := fault.As(err)
	if f == nil || !refuses(f) {
		return
	}
	// A caller who is known stands in the trail already.
	if f.Kind == fault.Denied && rpc.IdentityFrom(ctx).Subject != "" {
		return
	}
	n.note(ctx, action, name, f.Reason, true)
}

func refuses(f *fault.Error) bool {
	return f.Kind == fault.Unauthenticated || f.Kind == fault.Exhausted || f.Kind == fault.Denied
}

// note leaves out a name that nobody can have: it may well be a password in the
// wrong field.
func (n *Refusals) note(ctx context.Context, action, name, reason string, sparingly bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	if !domain.IsUsername(name) {
		name = ""
	}
	if sparingly && !n.worth(refusal{action, name, rpc.ClientAddress(ctx), reason}) {
		return
	}
	r := audit.Record{Action: action, Outcome: audit.Refused, Reason: reason}
	if name != "" {
		r.ResourceType, r.ResourceID = "name", name
	}
	n.record(ctx, r)
}

func (n *Refusals) worth(r refusal) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now := n.now(); now.Sub(n.since) >= refusalEvery {
		n.since, n.lately = now, map[refusal]bool{}
	}
	if n.lately[r] || len(n.lately) >= mostRefusals {
		return false
	}
	n.lately[r] = true
	return true
}
