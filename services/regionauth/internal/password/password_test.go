package password_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/regionauth/internal/password"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func TestHash(t *testing.T) {
	ctx, h := testkit.Context(t), password.NewHasher()
	hash, err := h.Hash(ctx, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("parameters: %s", hash)
	}
	if again, _ := h.Hash(ctx, "correct horse"); again == hash {
		t.Error("two passwords share a salt")
	}
	for name, c := range map[string]struct {
		hash, password string
		want           bool
	}{
		"right":         {hash, "correct horse", true},
		"wrong":         {hash, "correct horsf", false},
		"empty":         {hash, "", false},
		"no hash":       {"", "correct horse", false},
		"cut off":       {hash[:len(hash)-50], "correct horse", false},
		"another kind":  {strings.Replace(hash, "argon2id", "argon2i", 1), "correct horse", false},
		"zero passes":   {strings.Replace(hash, "t=2", "t=0", 1), "correct horse", false},
		"zero threads":  {strings.Replace(hash, "p=1", "p=0", 1), "correct horse", false},
		"another cost":  {strings.Replace(hash, "t=2", "t=3", 1), "correct horse", false},
		"empty hash":    {hash[:strings.LastIndex(hash, "$")+1], "correct horse", false},
		"other version": {strings.Replace(hash, "v=19", "v=16", 1), "correct horse", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := h.Matches(ctx, c.hash, c.password); err != nil || got != c.want {
				t.Errorf("got %v, %v; want %v", got, err, c.want)
			}
		})
	}
}

// Under a flood of logins a caller that gave up must not wait for its turn.
func TestAnEndedContextWaitsForNoTurn(t *testing.T) {
	h := password.NewHasher()
	release := h.Fill()
	defer release()
	ctx, cancel := context.WithCancel(testkit.Context(t))
	cancel()
	if _, err := h.Matches(ctx, "", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
