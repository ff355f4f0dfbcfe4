package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

// Codes makes and checks the codes of second factors.
type Codes interface {
	Generate(userID, username string) (secret, uri string, sealed []byte, err error)
	Match(userID string, sealed []byte, code string, now time.Time, after int64) (step int64, ok bool, err error)
}

// TotpStore keeps second factors.
type TotpStore interface {
	// SetTotpSecret has no effect on a second factor that is on.
	SetTotpSecret(ctx context.Context, userID string, sealed []byte) (ok bool, err error)
	// ConfirmTotp turns the second factor with the secret on.
	ConfirmTotp(ctx context.Context, userID string, sealed []byte, step int64, recovery [][32]byte) (ok bool, err error)
	// UseTotpStep and UseRecoveryCode report false for what was used before.
	UseTotpStep(ctx context.Context, userID string, step int64) (ok bool, err error)
	UseRecoveryCode(ctx context.Context, userID string, digest [32]byte) (ok bool, err error)
	TurnOffTotp(ctx context.Context, userID string) error
}

var (
	errCodeRequired = fault.New(fault.Unauthenticated, "TOTP_REQUIRED", "请输入动态验证码")
	errCodeInvalid  = fault.New(fault.Unauthenticated, "TOTP_INVALID", "动态验证码不正确或已用过，请输入验证器应用最新显示的 6 位数字，或一个未用过的恢复码")
	errNotSetUp     = fault.New(fault.Precondition, "TOTP_NOT_SET_UP", "尚未设置动态验证码，请先设置")
	errIsOn         = fault.New(fault.Exists, "ALREADY_EXISTS", "动态验证码已开启，如需更换请先关闭")
)

// recoveryCodes is how many there are.
const recoveryCodes = 10

// atField is a wrong code of somebody who is logged in: nothing is wrong with the
// login itself.
func atField(field string) error {
	return fault.FromViolations("TOTP_INVALID", errCodeInvalid.Message, []fault.Violation{
		{Field: field, Reason: "TOTP_INVALID", Message: errCodeInvalid.Message},
	})
}

// useCode uses up a code of the application or a recovery code.
func (a Access) useCode(ctx context.Context, user domain.User, code string) (bool, error) {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	if len(code) != len("123456") {
		return a.Totp.UseRecoveryCode(ctx, user.ID, sha256.Sum256([]byte(code)))
	}
	step, ok, err := a.Codes.Match(user.ID, user.Totp.Sealed, code, a.Now(), user.Totp.Step)
	if err != nil || !ok {
		return false, err
	}
	return a.Totp.UseTotpStep(ctx, user.ID, step)
}

// newRecoveryCodes have 80 random bits each, so that a plain digest will do.
func newRecoveryCodes() (codes []string, digests [][32]byte) {
	for range recoveryCodes {
		code := rand.Text()[:16]
		codes = append(codes, strings.Join([]string{code[:4], code[4:8], code[8:12], code[12:]}, "-"))
		digests = append(digests, sha256.Sum256([]byte(code)))
	}
	return codes, digests
}
