package regionauth_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/testkit"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

// tries returns a function that logs in from an address and tells the reason of a
// refusal.
func (h *house) tries(t *testing.T) func(address, username, password string) string {
	auth := h.auth(t, "")
	return func(address, username, password string) string {
		ctx := rpc.WithClientAddress(testkit.Context(t), address)
		_, err := auth.Login(ctx, &authv1.LoginRequest{Username: username, Password: password})
		if err == nil {
			return ""
		}
		f := fault.As(err)
		if f.Reason == "LOCKED_OUT" {
			if f.Kind != fault.Exhausted {
				t.Errorf("kind %v", f.Kind)
			}
			return "LOCKED_OUT " + f.Metadata["retry_after_seconds"]
		}
		return f.Reason
	}
}

func TestGuessingIsSlowedDownWhoeverIsGuessed(t *testing.T) {
	h := serve(t)
	h.province(t)
	try := h.tries(t)
	// A name that nobody has is treated exactly like one that somebody has.
	var courses [][]string
	for i, username := range []string{"zhejiang", "nobody"} {
		var course []string
		address := fmt.Sprintf("203.0.113.%d", i+1)
		for range 5 {
			course = append(course, try(address, username, "a guess"))
		}
		course = append(course, try(address, username, secretPassword))
		h.clock.pass(time.Second)
		course = append(course, try(address, username, "a guess"), try(address, username, "a guess"))
		h.clock.pass(time.Second)
		course = append(course, try(address, username, "a guess"))
		h.clock.pass(time.Second)
		course = append(course, try(address, username, "a guess"), try(address, username, "a guess"))
		courses = append(courses, course)
	}
	want := []string{
		"CREDENTIALS_INVALID", "CREDENTIALS_INVALID", "CREDENTIALS_INVALID", "CREDENTIALS_INVALID", "CREDENTIALS_INVALID",
		"LOCKED_OUT 1", "CREDENTIALS_INVALID", "LOCKED_OUT 2", "LOCKED_OUT 1", "CREDENTIALS_INVALID", "LOCKED_OUT 4",
	}
	for _, course := range courses {
		if !slices.Equal(course, want) {
			t.Errorf("got  %v\nwant %v", course, want)
		}
	}
}

func TestNobodyIsLockedOutByOthers(t *testing.T) {
	h := serve(t)
	h.province(t)
	try := h.tries(t)
	if got := try("198.51.100.7", "zhejiang", secretPassword); got != "" {
		t.Fatal(got)
	}
	// An attacker with an address for every guess.
	attack := func(round int) (got string) {
		for i := range 8 {
			got = try(fmt.Sprintf("203.0.113.%d", round*8+i), "zhejiang", "a guess")
		}
		return got
	}
	for round := range 20 {
		attack(round)
		h.clock.pass(15 * time.Minute)
	}
	if got := attack(20); got != "LOCKED_OUT 900" {
		t.Errorf("the attacker: %s", got)
	}
	if got := try("198.51.100.7", "zhejiang", secretPassword); got != "" {
		t.Errorf("from the usual place: %s", got)
	}
	// From a new place the user is told when to come back, and is let try then,
	// although the attack goes on.
	if got := try("198.51.100.8", "zhejiang", secretPassword); got != "LOCKED_OUT 900" {
		t.Errorf("from a new place: %s", got)
	}
	h.clock.pass(15 * time.Minute)
	attack(21)
	if got := try("198.51.100.8", "zhejiang", secretPassword); got != "" {
		t.Errorf("from a new place, in time: %s", got)
	}
	if got := try("198.51.100.8", "zhejiang", secretPassword); got != "" {
		t.Errorf("from a place that is no longer new: %s", got)
	}
}

func TestAnAddressThatGuessesManyAccountsIsSlowedDown(t *testing.T) {
	h := serve(t)
	h.province(t)
	try := h.tries(t)
	for i := range 20 {
		// A user of IPv6 has as many addresses as they like.
		if got := try(fmt.Sprintf("2001:db8::%x", i+1), fmt.Sprintf("user%d", i), "a guess"); got != "CREDENTIALS_INVALID" {
			t.Fatalf("guess %d: %s", i, got)
		}
	}
	if got := try("2001:db8::ffff", "one-more", "a guess"); got != "LOCKED_OUT 1" {
		t.Errorf("guess 21: %s", got)
	}
	if got := try("2001:db8:0:1::1", "one-more", "a guess"); got != "CREDENTIALS_INVALID" {
		t.Errorf("another network: %s", got)
	}
}

func TestAManagerSeesAndLiftsALockOut(t *testing.T) {
	h := serve(t)
	ctx, users := testkit.Context(t), h.users(t, h.province(t).GetAccessToken())
	id := create(t, users, "xihu", "330106", county)
	try := h.tries(t)
	for range 6 {
		try("203.0.113.1", "xihu", "a guess")
	}
	got, err := users.GetUser(ctx, &authv1.GetUserRequest{Id: id})
	if until := got.GetUser().GetLockedUntilTime(); err != nil || until == nil || !until.AsTime().After(h.clock.now()) {
		t.Errorf("%v, %v", got, err)
	}
	reset, err := users.ResetPassword(ctx, &authv1.ResetPasswordRequest{Id: id, Reason: "忘记密码"})
	if err != nil {
		t.Fatal(err)
	}
	if got := try("203.0.113.9", "xihu", reset.GetPassword()); got != "" {
		t.Errorf("after the reset: %s", got)
	}
}

func TestTheCurrentPasswordIsNotGuessedInAnOpenSession(t *testing.T) {
	h := serve(t)
	login := h.province(t)
	mine := h.auth(t, login.GetAccessToken())
	change := func(ctx context.Context) string {
		_, err := mine.ChangePassword(ctx, &authv1.ChangePasswordRequest{CurrentPassword: "a guess", NewPassword: "new horse battery"})
		return fault.As(err).Reason
	}
	ctx := testkit.Context(t)
	for range 5 {
		if got := change(ctx); got != "CREDENTIALS_INVALID" {
			t.Fatal(got)
		}
	}
	if got := change(ctx); got != "LOCKED_OUT" {
		t.Error(got)
	}
}
