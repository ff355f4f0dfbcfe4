// Package app holds the use cases of people's access.
package app

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

// Store keeps users, refresh tokens and signing keys.
type Store interface {
	UserByName(ctx context.Context, username string) (domain.User, bool, error)
	UserByID(ctx context.Context, id string) (domain.User, bool, error)
	ListUsers(ctx context.Context, after string, most int) ([]domain.User, error)
	// CreateUser fails with ErrUsernameTaken. first makes it fail with
	// ErrBootstrapRefused unless it is the first user at all.
	CreateUser(ctx context.Context, u domain.NewUser, passwordHash string, first bool) (domain.User, error)
	// StartFamily stores the first refresh token of a login.
	StartFamily(ctx context.Context, userID string, digest [32]byte, expires time.Time) error
	// Rotate uses up a refresh token for the next of its family and returns the
	// user. A token that is used up already ends its family.
	Rotate(ctx context.Context, digest, next [32]byte, now, expires time.Time) (userID string, ok bool, err error)
	// EndFamily ends the token's whole family.
	EndFamily(ctx context.Context, digest [32]byte) error
}

// Key signs access tokens.
type Key struct {
	ID      string
	Private ed25519.PrivateKey
}

// Passwords hashes and compares passwords.
type Passwords interface {
	Hash(password string) string
	Matches(hash, password string) bool
}

// Access are the use cases of logging in.
type Access struct {
	Store     Store
	Passwords Passwords
	Regions   *domain.Regions
	// Sign makes an access token for a user or a service.
	Sign func(s Subject, now time.Time, ttl time.Duration) (string, error)
	// Decoy is the hash of a password that nobody has.
	Decoy                          string
	ServiceSecret, BootstrapSecret string
	AccessTTL, RefreshTTL          time.Duration
	Now                            func() time.Time
	// Slots bounds how many passwords are compared at once: each takes 19 MiB.
	Slots chan struct{}
}

// Subject is whom a token speaks for.
type Subject struct {
	ID, Name, Region string
	Level            domain.RegionLevel
	Scopes           []string
}

// Tokens are what a login gives.
type Tokens struct {
	Access, Refresh string
	ExpiresIn       time.Duration
	User            domain.User
}

var errCredentials = fault.New(fault.Unauthenticated, "CREDENTIALS_INVALID", "用户名或密码不正确")

// Login checks a password. A wrong name takes as long as a wrong password.
func (a Access) Login(ctx context.Context, username, password string) (Tokens, error) {
	user, found, err := a.Store.UserByName(ctx, strings.ToLower(strings.TrimSpace(username)))
	if err != nil {
		return Tokens{}, err
	}
	hash := user.PasswordHash
	if !found {
		hash = a.Decoy
	}
	select {
	case a.Slots <- struct{}{}:
	case <-ctx.Done():
		return Tokens{}, ctx.Err()
	}
	matches := a.Passwords.Matches(hash, password)
	<-a.Slots
	if !matches || !found {
		return Tokens{}, errCredentials
	}
	refresh, digest := newRefresh()
	if err := a.Store.StartFamily(ctx, user.ID, digest, a.Now().Add(a.RefreshTTL)); err != nil {
		return Tokens{}, err
	}
	return a.tokens(user, refresh)
}

// Refresh trades a refresh token for new tokens. Each works once: one that comes
// twice was stolen, from whichever of the two, and ends the login.
func (a Access) Refresh(ctx context.Context, refresh string) (Tokens, error) {
	next, nextDigest := newRefresh()
	now := a.Now()
	id, ok, err := a.Store.Rotate(ctx, sha256.Sum256([]byte(refresh)), nextDigest, now, now.Add(a.RefreshTTL))
	if err != nil {
		return Tokens{}, err
	}
	var user domain.User
	if ok {
		if user, ok, err = a.Store.UserByID(ctx, id); err != nil {
			return Tokens{}, err
		}
	}
	if !ok {
		return Tokens{}, fault.New(fault.Unauthenticated, "TOKEN_EXPIRED", "登录已过期，请重新登录")
	}
	return a.tokens(user, next)
}

// Logout ends the login that a refresh token belongs to.
func (a Access) Logout(ctx context.Context, refresh string) error {
	return a.Store.EndFamily(ctx, sha256.Sum256([]byte(refresh)))
}

func (a Access) tokens(user domain.User, refresh string) (Tokens, error) {
	access, err := a.Sign(Subject{ID: user.ID, Name: user.DisplayName, Level: user.Level, Region: user.Region}, a.Now(), a.AccessTTL)
	return Tokens{Access: access, Refresh: refresh, ExpiresIn: a.AccessTTL, User: user}, err
}

// newRefresh returns a token of 130 random bits and the digest that is stored.
func newRefresh() (token string, digest [32]byte) {
	token = rand.Text()
	return token, sha256.Sum256([]byte(token))
}

// Services that may ask for a token of their own.
var services = []string{"ledger", "verification", "reporting"}

// serviceTTL is short: a service asks again in time.
const serviceTTL = 15 * time.Minute

// ServiceToken gives one of Baoxue's own services a token.
func (a Access) ServiceToken(service, secret string) (access string, ttl time.Duration, err error) {
	if !sameSecret(secret, a.ServiceSecret) || !slices.Contains(services, service) {
		return "", 0, fault.New(fault.Unauthenticated, "CREDENTIALS_INVALID", "服务名或密钥不正确")
	}
	access, err = a.Sign(Subject{ID: "service:" + service, Name: service, Scopes: []string{"internal"}}, a.Now(), serviceTTL)
	return access, serviceTTL, err
}

// sameSecret compares in constant time; an empty secret matches nothing.
func sameSecret(given, secret string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(secret))
	return secret != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
