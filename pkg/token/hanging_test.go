package token_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/token"
)

// hanging is the service that signs: once it hangs it takes questions and answers none.
type hanging struct {
	keys  token.Keys
	hangs atomic.Bool
	asked atomic.Int32
}

func (h *hanging) wait(ctx context.Context) error {
	h.asked.Add(1)
	if !h.hangs.Load() {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (h *hanging) listKeys(ctx context.Context) (token.Keys, error) { return h.keys, h.wait(ctx) }

func (h *hanging) listRevocations(ctx context.Context) (token.Revocations, error) {
	return nil, h.wait(ctx)
}

// A service that hangs must not make all the others hang: what was told within a minute serves at once, and
// after that whoever calls is told so in time, all together.
func TestAServiceThatHangsHoldsUpNobody(t *testing.T) {
	public, private := key(t)
	synctest.Test(t, func(t *testing.T) {
		h := &hanging{keys: token.Keys{"k": public}}
		v := token.NewVerifier(h.listKeys, h.listRevocations)
		sign := func(key string) string {
			raw, err := token.Sign(private, key, clerk, time.Now(), time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			return raw
		}
		good, unknown := sign("k"), sign("unknown")
		// call is one of many at once; it has a minute, as a call has.
		call := func(raw, want string, within time.Duration) (done func()) {
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				began := time.Now()
				_, err := v.Authenticate(ctx, raw)
				if want == "" && err != nil || want != "" && !fault.Is(err, want) {
					t.Errorf("%v, want %q", err, want)
				}
				if took := time.Since(began); took > within {
					t.Errorf("it took %s", took)
				}
			}()
			return func() { <-ended }
		}
		call(good, "", 0)()
		<-time.After(2 * time.Second)
		h.hangs.Store(true)
		// Nobody waits for keys that somebody has invented but who brings them.
		invented := call(unknown, "UNAVAILABLE", 10*time.Second)
		synctest.Wait()
		call(good, "", 0)()
		invented()
		<-time.After(20 * time.Second)
		first := call(good, "", time.Second)
		synctest.Wait()
		call(good, "", 0)()
		first()
		<-time.After(time.Minute)
		before := h.asked.Load()
		var calls []func()
		for range 100 {
			calls = append(calls, call(good, "UNAVAILABLE", 11*time.Second))
		}
		for _, done := range calls {
			done()
		}
		if asked := h.asked.Load() - before; asked > 2 {
			t.Errorf("it was asked %d times", asked)
		}
		h.hangs.Store(false)
		call(good, "", 0)()
	})
}
