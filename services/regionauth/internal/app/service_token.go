package app

import (
	"slices"
	"time"

	"baoxue.internal/pkg/fault"
)

// Services that may ask for a token of their own.
var services = []string{"ledger", "verification", "reporting", "gateway"}

// serviceTTL is short: a service asks again in time.
const serviceTTL = 15 * time.Minute

// LongestOtherToken is how long tokens live that are no user's.
const LongestOtherToken = serviceTTL

// ServiceToken gives one of Baoxue's own services a token.
func (a Access) ServiceToken(service, secret string) (access string, ttl time.Duration, err error) {
	if !sameSecret(secret, a.ServiceSecret) || !slices.Contains(services, service) {
		return "", 0, fault.New(fault.Unauthenticated, "CREDENTIALS_INVALID", "服务名或密钥不正确")
	}
	access, err = a.Sign(Subject{ID: "service:" + service, Name: service, Scopes: []string{"internal"}}, a.Now(), serviceTTL)
	return access, serviceTTL, err
}
