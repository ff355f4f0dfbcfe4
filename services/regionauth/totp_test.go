package regionauth_test

import (
	"strings"
	"testing"
	"time"

	otp "github.com/pquerna/otp/totp"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

// phone is an authenticator application.
func (h *house) phone(t *testing.T, secret string) string {
	t.Helper()
	code, err := otp.GenerateCode(secret, h.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// setUp turns a user's second factor on.
func (h *house) setUp(t *testing.T, access string) (secret string, recovery []string) {
	t.Helper()
	ctx, mine := testkit.Context(t), h.auth(t, access)
	set, err := mine.SetUpTotp(ctx, &authv1.SetUpTotpRequest{})
	if err != nil || !strings.HasPrefix(set.GetUri(), "otpauth://totp/") {
		t.Fatalf("%v, %v", set, err)
	}
	on, err := mine.ConfirmTotp(ctx, &authv1.ConfirmTotpRequest{Code: h.phone(t, set.GetSecret())})
	if err != nil || len(on.GetRecoveryCodes()) != 10 {
		t.Fatalf("%v, %v", on, err)
	}
	return set.GetSecret(), on.GetRecoveryCodes()
}

func TestASecondFactorIsAskedFor(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	mine := h.auth(t, login.GetAccessToken())
	enter := func(password, code string) error {
		_, err := h.auth(t, "").Login(ctx, &authv1.LoginRequest{Username: "zhejiang", Password: password, TotpCode: code})
		return err
	}
	_, err := mine.ConfirmTotp(ctx, &authv1.ConfirmTotpRequest{Code: "123456"})
	refused(t, "before it is set up", err, fault.Precondition, "TOTP_NOT_SET_UP")
	if _, err := mine.SetUpTotp(ctx, &authv1.SetUpTotpRequest{}); err != nil {
		t.Fatal(err)
	}
	if err := enter(secretPassword, ""); err != nil {
		t.Errorf("it counts before it is confirmed: %v", err)
	}
	secret, recovery := h.setUp(t, login.GetAccessToken())
	_, err = mine.SetUpTotp(ctx, &authv1.SetUpTotpRequest{})
	refused(t, "set up again", err, fault.Exists, "ALREADY_EXISTS")

	used := h.phone(t, secret)
	refused(t, "no code", enter(secretPassword, ""), fault.Unauthenticated, "TOTP_REQUIRED")
	refused(t, "a wrong password", enter("wrong", ""), fault.Unauthenticated, "CREDENTIALS_INVALID")
	refused(t, "the code that confirmed", enter(secretPassword, used), fault.Unauthenticated, "TOTP_INVALID")
	h.clock.pass(30 * time.Second)
	code := h.phone(t, secret)
	if err := enter(secretPassword, code); err != nil {
		t.Errorf("the next code: %v", err)
	}
	refused(t, "the same code again", enter(secretPassword, code), fault.Unauthenticated, "TOTP_INVALID")
	if err := enter(secretPassword, strings.ToLower(recovery[0])); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	refused(t, "it again", enter(secretPassword, recovery[0]), fault.Unauthenticated, "TOTP_INVALID")

	h.clock.pass(30 * time.Second)
	off := func(password, code string) error {
		_, err := mine.TurnOffTotp(ctx, &authv1.TurnOffTotpRequest{Password: password, Code: code})
		return err
	}
	refused(t, "off with a wrong password", off("wrong", h.phone(t, secret)), fault.Invalid, "CREDENTIALS_INVALID")
	refused(t, "off with a wrong code", off(secretPassword, "WRONG-CODE"), fault.Invalid, "TOTP_INVALID")
	if err := off(secretPassword, h.phone(t, secret)); err != nil {
		t.Fatal(err)
	}
	if err := enter(secretPassword, ""); err != nil {
		t.Errorf("after it was turned off: %v", err)
	}
	refused(t, "off again", off(secretPassword, "x"), fault.Precondition, "TOTP_NOT_SET_UP")
}

func TestCodesAreNotGuessed(t *testing.T) {
	h := serve(t)
	login := h.province(t)
	h.setUp(t, login.GetAccessToken())
	try := func() string {
		_, err := h.auth(t, "").Login(testkit.Context(t), &authv1.LoginRequest{Username: "zhejiang", Password: secretPassword, TotpCode: "000000"})
		return fault.As(err).Reason
	}
	for range 5 {
		if got := try(); got != "TOTP_INVALID" {
			t.Fatal(got)
		}
	}
	if got := try(); got != "LOCKED_OUT" {
		t.Error(got)
	}
}

func TestAResetTurnsTheSecondFactorOff(t *testing.T) {
	h := serve(t)
	ctx, users := testkit.Context(t), h.users(t, h.province(t).GetAccessToken())
	id := create(t, users, "xihu", "330106", county)
	h.setUp(t, h.member(t, "xihu").GetAccessToken())
	got, err := users.GetUser(ctx, &authv1.GetUserRequest{Id: id})
	if err != nil || !got.GetUser().GetTotp() {
		t.Errorf("%v, %v", got, err)
	}
	reset, err := users.ResetPassword(ctx, &authv1.ResetPasswordRequest{Id: id, Reason: "手机丢失"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.auth(t, "").Login(ctx, &authv1.LoginRequest{Username: "xihu", Password: reset.GetPassword()}); err != nil {
		t.Error(err)
	}
}
