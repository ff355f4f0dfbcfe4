package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

// AccountStore keeps service accounts.
type AccountStore interface {
	ListAccounts(ctx context.Context, after string, most int) ([]domain.ServiceAccount, error)
	// CreateAccount fails with ErrNameTaken or ErrCertificateTaken.
	CreateAccount(ctx context.Context, a domain.ServiceAccount, secret [32]byte) (domain.ServiceAccount, error)
	// UpdateAccount stores what change makes of an account. Tokens with other scopes
	// or another region stop counting.
	UpdateAccount(ctx context.Context, name string, change func(domain.ServiceAccount) (domain.ServiceAccount, error)) (domain.ServiceAccount, error)
	// RotateSecret adds a secret; the earlier ones work for the overlap. Without one,
	// tokens stop counting too.
	RotateSecret(ctx context.Context, name string, secret [32]byte, overlap time.Duration) error
	DisableAccount(ctx context.Context, name, reason string) (domain.ServiceAccount, error)
	AccountBySecret(ctx context.Context, secret [32]byte) (name string, ok bool, err error)
	AccountsByCertificate(ctx context.Context, identities []string) (names []string, err error)
	// UseAccount notes that an account is used; ok is false when it may not be.
	UseAccount(ctx context.Context, name string, at time.Time) (a domain.ServiceAccount, ok bool, err error)
}

// Accounts are the use cases of service accounts.
type Accounts struct {
	Store   AccountStore
	Regions *Regions
	Lockout Lockout
	Sign    func(s Subject, now time.Time, ttl time.Duration) (string, error)
	Now     func() time.Time
}

// What creating an account can be refused with.
var (
	ErrNameTaken = &fault.Error{
		Kind: fault.Exists, Reason: "NAME_TAKEN", Message: "名称已被使用",
		Violations: []fault.Violation{{Field: "service_account.name", Reason: "NAME_TAKEN", Message: "名称已被使用，请换一个"}},
	}
	ErrCertificateTaken = &fault.Error{
		Kind: fault.Exists, Reason: "ALREADY_EXISTS", Message: "证书标识已属于其他系统账号",
		Violations: []fault.Violation{{Field: "service_account.certificate_identity", Reason: "ALREADY_EXISTS", Message: "证书标识已属于其他系统账号，请核对"}},
	}
)

// newSecret has 130 random bits.
func newSecret() (secret string, digest [32]byte) {
	secret = rand.Text()
	return secret, sha256.Sum256([]byte(secret))
}
