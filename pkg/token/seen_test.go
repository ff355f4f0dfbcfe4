package token_test

import (
	"context"
	"testing"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/token"
)

// A token that was verified a moment ago is believed no longer than one that was not.
func TestASeenTokenIsBelievedNoLonger(t *testing.T) {
	public, private := key(t)
	start := time.Now()
	now := start
	keys, revoked := token.Keys{"k": public}, token.Revocations{}
	v := token.NewVerifierAt(
		func(context.Context) (token.Keys, error) { return keys, nil },
		func(context.Context) (token.Revocations, error) { return revoked, nil },
		func() time.Time { return now })
	sign := func(ttl time.Duration) string {
		raw, err := token.Sign(private, "k", clerk, now, ttl)
		if err != nil {
			t.Fatal(err)
		}
		// Twice: the second time it has been seen.
		for range 2 {
			if id, err := v.Authenticate(t.Context(), raw); err != nil || id.Subject != clerk.Subject {
				t.Fatalf("%+v, %v", id, err)
			}
		}
		return raw
	}
	short, long := sign(20*time.Second), sign(time.Hour)
	now = start.Add(30 * time.Second)
	if _, err := v.Authenticate(t.Context(), short); !fault.Is(err, "TOKEN_EXPIRED") {
		t.Errorf("after its end: %v", err)
	}
	if _, err := v.Authenticate(t.Context(), long[:len(long)-4]+"AAAA"); !fault.Is(err, "UNAUTHENTICATED") {
		t.Errorf("with another signature: %v", err)
	}
	revoked = token.Revocations{clerk.Subject: now}
	now = start.Add(50 * time.Second)
	if _, err := v.Authenticate(t.Context(), long); !fault.Is(err, "TOKEN_EXPIRED") {
		t.Errorf("after it was revoked: %v", err)
	}
	revoked = token.Revocations{}
	keys = token.Keys{}
	now = start.Add(5 * time.Minute)
	if _, err := v.Authenticate(t.Context(), long); err == nil {
		t.Error("believed though its key is no longer in use")
	}
}
