package totp_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	otp "github.com/pquerna/otp/totp"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/regionauth/internal/totp"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func codes(t *testing.T, fill byte) *totp.Codes {
	t.Helper()
	c, err := totp.New(bytes.Repeat([]byte{fill}, totp.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestACodeIsGoodAroundItsTimeAndOnce(t *testing.T) {
	c, now := codes(t, 1), time.Date(2019, 7, 31, 12, 0, 10, 0, time.UTC)
	secret, uri, sealed, err := c.Generate("u1", "xihu")
	if err != nil || !strings.HasPrefix(uri, "otpauth://totp/") || !strings.Contains(uri, secret) || bytes.Contains(sealed, []byte(secret)) {
		t.Fatalf("%s, %v", uri, err)
	}
	code, err := otp.GenerateCode(secret, now)
	if err != nil {
		t.Fatal(err)
	}
	step := now.Unix() / 30
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
		got, ok, err := codes(t, 1).Match(c.user, sealed, c.code, c.now, c.after)
		if err != nil || ok != c.want || ok && got != step {
			t.Errorf("%s: %d, %v, %v", c.what, got, ok, err)
		}
	}
	if _, _, err := c.Match("u2", sealed, code, now, 0); err == nil {
		t.Error("another user's secret is taken")
	}
	if _, _, err := codes(t, 2).Match("u1", sealed, code, now, 0); err == nil {
		t.Error("another key opens it")
	}
	if _, err := totp.New([]byte("short")); err == nil {
		t.Error("a short key is taken")
	}
}
