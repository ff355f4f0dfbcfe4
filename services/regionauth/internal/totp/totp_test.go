package totp_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	otp "github.com/pquerna/otp/totp"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/regionauth/internal/totp"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// codes are sealed in a database of their own.
func codes(t *testing.T, name string) *totp.Codes {
	t.Helper()
	dsn := testkit.Database(t, name, func(ctx context.Context, dsn string) error {
		return pg.Migrate(ctx, dsn, seal.Migrations, seal.MigrationsDir)
	})
	pool, err := pg.Open(testkit.Context(t), dsn, pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return totp.New(testkit.Keyring(t, pool))
}

func TestACodeIsGoodAroundItsTimeAndOnce(t *testing.T) {
	c, now := codes(t, "totp"), time.Date(2019, 7, 31, 12, 0, 10, 0, time.UTC)
	secret, uri, sealed, err := c.Generate("u1", "xihu")
	if err != nil || !strings.HasPrefix(uri, "otpauth://totp/") || !strings.Contains(uri, secret) || bytes.Contains(sealed, []byte(secret)) {
		t.Fatalf("%s, %v", uri, err)
	}
	code, err := otp.GenerateCode(secret, now)
	if err != nil {
		t.Fatal(err)
	}
	step, all := now.Unix()/30, c
	for _, c := range []struct {
		what, user, code string
		now              time.Time
		after            int64
		want             bool
	}{
		{"now", "u1", code, now, 0, true},
		{"a clock that is behind", "u1", code, now.Add(-30 * time.Second), 0, true},
		{"a clock that is ahead", "u1", code, now.Add(30 * time.Second), 0, true},
		{"too late", "u1", code, now.Add(time.Minute), 0, false},
		{"too early", "u1", code, now.Add(-time.Minute), 0, false},
		{"again", "u1", code, now, step, false},
		{"after a later one", "u1", code, now, step + 1, false},
		{"another", "u1", "x", now, 0, false},
	} {
		got, ok, err := all.Match(c.user, sealed, c.code, c.now, c.after)
		if err != nil || ok != c.want || ok && got != step {
			t.Errorf("%s: %d, %v, %v", c.what, got, ok, err)
		}
	}
	if _, _, err := c.Match("u2", sealed, code, now, 0); err == nil {
		t.Error("another user's secret is taken")
	}
	if _, _, err := codes(t, "another").Match("u1", sealed, code, now, 0); err == nil {
		t.Error("another database's key opens it")
	}
}
