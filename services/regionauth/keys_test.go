package regionauth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	"baoxue.internal/services/regionauth"
)

// kid is the id of the key that signed a token.
func kid(t *testing.T, raw string) string {
	t.Helper()
	head, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[0])
	if err != nil {
		t.Fatal(err)
	}
	var header struct{ Kid string }
	if err := json.Unmarshal(head, &header); err != nil {
		t.Fatal(err)
	}
	return header.Kid
}

// until asks again and again until it is so.
func until(ctx context.Context, t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatal(what)
		case <-tick.C:
		}
	}
}

func TestAKeyIsReplacedWithoutEndingALogin(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	first := *h
	// A second process.
	h.start(t)
	me := func(of *house, access string) error {
		_, err := of.auth(t, access).GetMe(ctx, &authv1.GetMeRequest{})
		return err
	}
	if err := me(h, login.GetAccessToken()); err != nil {
		t.Fatal(err)
	}
	h.clock.pass(2 * time.Second)
	rotated, err := first.auth(t, login.GetAccessToken()).RotateSigningKey(ctx, &authv1.RotateSigningKeyRequest{})
	if err != nil || rotated.GetKeyId() == kid(t, login.GetAccessToken()) {
		t.Fatalf("%v, %v", rotated, err)
	}
	next, err := first.auth(t, "").Refresh(ctx, &authv1.RefreshRequest{RefreshToken: login.GetRefreshToken()})
	if err != nil || kid(t, next.GetAccessToken()) != rotated.GetKeyId() {
		t.Fatalf("the new key does not sign at once: %v, %v", next, err)
	}
	h.clock.pass(2 * time.Second)
	for name, of := range map[string]*house{"the process that rotated": &first, "the other": h} {
		if err := me(of, next.GetAccessToken()); err != nil {
			t.Errorf("%s, the new key: %v", name, err)
		}
		if err := me(of, login.GetAccessToken()); err != nil {
			t.Errorf("%s, the old key: %v", name, err)
		}
	}
	until(ctx, t, "the other process never signs with the new key", func() bool {
		again, err := h.auth(t, "").Login(ctx, &authv1.LoginRequest{Username: "zhejiang", Password: secretPassword})
		if err != nil {
			t.Fatal(err)
		}
		return kid(t, again.GetAccessToken()) == rotated.GetKeyId()
	})
	h.clock.pass(17 * time.Minute)
	keys, err := h.auth(t, "").ListSigningKeys(ctx, &authv1.ListSigningKeysRequest{})
	if err != nil || len(keys.GetKeys()) != 1 || keys.GetKeys()[0].GetId() != rotated.GetKeyId() {
		t.Errorf("when its last token has expired, the old key is still there: %v, %v", keys, err)
	}
}

func TestAnOldKeyIsReplacedByItself(t *testing.T) {
	h := serve(t)
	ctx := testkit.Context(t)
	list := func() []*authv1.SigningKey {
		resp, err := h.auth(t, "").ListSigningKeys(ctx, &authv1.ListSigningKeysRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return resp.GetKeys()
	}
	old := list()[0].GetId()
	h.clock.pass(91 * 24 * time.Hour)
	h.start(t, func(c *regionauth.Config) { c.KeyRotation = 90 * 24 * time.Hour })
	until(ctx, t, "it is not replaced", func() bool {
		h.clock.pass(time.Second)
		return list()[0].GetId() != old
	})
}

func TestOnlyTheProvincesAdministratorRotates(t *testing.T) {
	h := serve(t)
	ctx, users := testkit.Context(t), h.users(t, h.province(t).GetAccessToken())
	create(t, users, "clerk", "330000", province)
	create(t, users, "hangzhou", "330100", city, administrator)
	for _, name := range []string{"clerk", "hangzhou"} {
		_, err := h.auth(t, h.member(t, name).GetAccessToken()).RotateSigningKey(ctx, &authv1.RotateSigningKeyRequest{})
		refused(t, name, err, fault.Denied, "PERMISSION_DENIED")
	}
}
