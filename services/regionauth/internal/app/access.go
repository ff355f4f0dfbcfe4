// Package app holds the use cases of people's access and of regions.
package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

// Store keeps users' logins.
type Store interface {
	UserByName(ctx context.Context, username string) (domain.User, bool, error)
	UserByID(ctx context.Context, id string) (domain.User, bool, error)
	AnyUser(ctx context.Context) (bool, error)
	// CreateUser fails with ErrUsernameTaken or ErrExternalIDTaken. first makes it
	// fail with ErrBootstrapRefused unless it is the first user at all.
	CreateUser(ctx context.Context, u domain.NewUser, passwordHash string, first bool) (domain.User, error)
	// StartFamily stores the first refresh token of a login; ok is false when the
	// user was disabled or got another password since they were read. signedOn says
	// that it was by single sign-on.
	StartFamily(ctx context.Context, user domain.User, signedOn bool, digest [32]byte, now, expires time.Time) (as domain.User, ok bool, err error)
	// Rotate uses up a refresh token for the next of its family and returns the
	// user. A token that was used before, or whose user is disabled, ends its
	// family instead; ok is false for these and for one that is not valid.
	Rotate(ctx context.Context, digest, next [32]byte, now, expires time.Time) (user domain.User, ok bool, err error)
	// Revocations are those since a time.
	Revocations(ctx context.Context, since time.Time) (map[string]time.Time, error)
	// EndFamily ends the token's whole family.
	EndFamily(ctx context.Context, digest [32]byte) error
	// EndLogins ends all of a user's logins, access tokens too.
	EndLogins(ctx context.Context, userID string) error
	// LastPasswords are the hashes of a user's last passwords.
	LastPasswords(ctx context.Context, userID string) ([]string, error)
	// ChangePassword ends all logins and starts one; tokens made at the time
	// returned, or later, count. ok is as StartFamily's.
	ChangePassword(ctx context.Context, user domain.User, hash string, digest [32]byte, expires time.Time) (as domain.User, at time.Time, ok bool, err error)
}

// Passwords hashes and compares passwords, a bounded number at once.
type Passwords interface {
	Hash(ctx context.Context, password string) (string, error)
	Matches(ctx context.Context, hash, password string) (bool, error)
}

// Access are the use cases of people's access.
type Access struct {
	Store     Store
	Passwords Passwords
	Regions   *Regions
	Lockout   Lockout
	Totp      TotpStore
	Codes     Codes
	// SignOn is nil without a provider.
	SignOn  SignOnProvider
	SignOns SignOnStore
	// Sign makes an access token for a user or a service.
	Sign func(s Subject, now time.Time, ttl time.Duration) (string, error)
	// Decoy is the hash of a password that nobody has.
	Decoy                          string
	ServiceSecret, BootstrapSecret string
	AccessTTL, RefreshTTL          time.Duration
	Now                            func() time.Time
}

// Subject is whom a token speaks for.
type Subject struct {
	ID, Name, Region   string
	Level              domain.RegionLevel
	Roles              []domain.Role
	MustChangePassword bool
	Scopes             []string
}

// Tokens are what a login gives.
type Tokens struct {
	Access, Refresh string
	ExpiresIn       time.Duration
	User            domain.User
}

// tokens are made as of a time at which the user was known to be enabled: had
// they a later one, they could outlive a disabling that came in between.
func (a Access) tokens(user domain.User, refresh string, at time.Time) (Tokens, error) {
	access, err := a.Sign(Subject{
		ID: user.ID, Name: user.DisplayName, Level: user.Level, Region: user.Region, Roles: user.Roles, MustChangePassword: user.MustChangePassword,
	}, at, a.AccessTTL)
	return Tokens{Access: access, Refresh: refresh, ExpiresIn: a.AccessTTL, User: user}, err
}

// start starts a login of a user who has shown to be the one; ok is false when the
// user was disabled or got another password meanwhile.
func (a Access) start(ctx context.Context, user domain.User, signedOn bool) (t Tokens, ok bool, err error) {
	refresh, digest := newRefresh()
	now := a.Now()
	user, ok, err = a.Store.StartFamily(ctx, user, signedOn, digest, now, now.Add(a.RefreshTTL))
	if err != nil || !ok {
		return Tokens{}, false, err
	}
	t, err = a.tokens(user, refresh, now)
	return t, err == nil, err
}

// newRefresh returns a token of 130 random bits and the digest that is stored.
func newRefresh() (token string, digest [32]byte) {
	token = rand.Text()
	return token, sha256.Sum256([]byte(token))
}

// sameSecret compares in constant time; an empty secret matches nothing.
func sameSecret(given, secret string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(secret))
	return secret != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// What creating a user can be refused with.
var (
	ErrUsernameTaken = &fault.Error{
		Kind: fault.Exists, Reason: "USERNAME_TAKEN", Message: "用户名已被使用",
		Violations: []fault.Violation{{Field: "username", Reason: "USERNAME_TAKEN", Message: "用户名已被使用，请换一个"}},
	}
	ErrExternalIDTaken = &fault.Error{
		Kind: fault.Exists, Reason: "ALREADY_EXISTS", Message: "该统一身份账号已关联其他用户",
		Violations: []fault.Violation{{Field: "external_id", Reason: "ALREADY_EXISTS", Message: "该统一身份账号已关联其他用户，请核对"}},
	}
	ErrBootstrapRefused = fault.New(fault.Denied, "BOOTSTRAP_REFUSED", "不能创建首个管理员：密钥不正确，或系统中已有用户")
)

// shanghai is the time zone of all days and months; it has had no summer time
// since 1991.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// monthOf is the month of an instant, yyyy-mm.
func monthOf(t time.Time) string { return t.In(shanghai).Format("2006-01") }
