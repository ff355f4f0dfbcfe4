package systemtest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/dynamicpb"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/pkg/token"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
)

// caller is somebody, or something, that calls.
type caller struct {
	name string
	// identity that the rule is asked about; the zero one is nobody.
	identity rpc.Identity
	// bad tokens are refused everywhere, even where none is needed.
	bad   bool
	token func() string
}

func newMatrix(t *testing.T, s *system) *matrix {
	t.Helper()
	m := &matrix{system: s, methods: contract(), conns: map[string]*grpc.ClientConn{}}
	m.keyID, m.key = s.signingKey(t)
	if len(m.methods) < 30 {
		t.Fatalf("the contract has %d methods", len(m.methods))
	}
	for service := range s.grpc {
		m.conns[service] = s.connect(t, service, func(ctx context.Context) (string, error) { return bearer(ctx), nil })
	}
	m.people(t)
	m.accounts()
	m.badTokens(t)
	m.disabled(t)
	return m
}

// signingKey is the newest that the system signs with.
func (s *system) signingKey(t *testing.T) (id string, key ed25519.PrivateKey) {
	t.Helper()
	ctx := testkit.Context(t)
	pool, err := pgxpool.New(ctx, s.cluster.DSN(s.databases+"regionauth"))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	master, err := seal.LoadMaster(s.keys)
	if err != nil {
		t.Fatal(err)
	}
	keyring, err := seal.Open(ctx, pool, master)
	if err != nil {
		t.Fatal(err)
	}
	var sealed []byte
	if err := pool.QueryRow(ctx, "SELECT id, seed_sealed FROM signing_keys ORDER BY created_at DESC LIMIT 1").Scan(&id, &sealed); err != nil {
		t.Fatal(err)
	}
	seed, err := keyring.Unseal(sealed, "regionauth signing key "+id)
	if err != nil {
		t.Fatal(err)
	}
	return id, ed25519.NewKeyFromSeed([]byte(seed))
}

func (m *matrix) sign(id rpc.Identity, at time.Time) string {
	raw, err := token.Sign(m.key, m.keyID, id, at, 10*time.Minute)
	if err != nil {
		// The key has been loaded: only a mistake of the test's own can make this fail.
		panic(err)
	}
	return raw
}

func (m *matrix) add(name string, id rpc.Identity) {
	m.callers = append(m.callers, caller{name: name, identity: id, token: func() string {
		// Made anew for each call: one of the methods ends all log-ins.
		return m.sign(id, time.Now())
	}})
}

// people are a user of each level with each role, and those who may do nothing yet.
func (m *matrix) people(t *testing.T) {
	t.Helper()
	users := authv1.NewUserServiceClient(m.system.dial(t, "regionauth", "zhejiang"))
	for level, region := range map[commonv1.Level]string{
		commonv1.Level_LEVEL_PROVINCE: "330000", commonv1.Level_LEVEL_CITY: "330100", commonv1.Level_LEVEL_COUNTY: "330106",
	} {
		for number := 1; number < len(commonv1.Role_name); number++ {
			role := commonv1.Role(number)
			name := strings.ToLower(strings.TrimPrefix(level.String(), "LEVEL_") + "." + strings.TrimPrefix(role.String(), "ROLE_"))
			created, err := users.CreateUser(testkit.Context(t), &authv1.CreateUserRequest{
				Username: name, Password: rand.Text(), DisplayName: name, Level: level, RegionCode: region, Roles: []commonv1.Role{role},
			})
			if err != nil {
				t.Fatal(err)
			}
			id := rpc.Identity{Subject: created.GetUser().GetId(), Name: name, Level: level, Region: region, Roles: []commonv1.Role{role}}
			m.add(name, id)
			if role == commonv1.Role_ROLE_CLERK {
				id.MustChangePassword = true
				m.add(name+" with a first password", id)
				id.MustChangePassword, id.Roles = false, nil
				m.add(name+" without a role", id)
			}
		}
	}
	m.callers = append(m.callers, caller{name: "nobody", token: func() string { return "" }})
}

// accounts are one other system for each scope that any rule names, and one without.
func (m *matrix) accounts() {
	scopes := map[string]bool{"unheard.of": true}
	for _, call := range m.methods {
		for _, s := range rule(call).GetScopes() {
			scopes[s] = true
		}
	}
	for s := range scopes {
		m.add("account with "+s, rpc.Identity{Subject: "service:matrix", Name: "matrix", Region: "330000", Scopes: []string{s}})
	}
}

func (m *matrix) badTokens(t *testing.T) {
	t.Helper()
	clerk := m.callers[0].identity
	good := m.sign(clerk, time.Now())
	parts := strings.Split(good, ".")
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"iss": token.Issuer, "aud": "elsewhere", "sub": clerk.Subject, "exp": time.Now().Add(time.Minute).Unix(), "level": int(clerk.Level),
		"at": time.Now().UnixMicro(), "roles": []int{int(commonv1.Role_ROLE_CLERK)},
	})
	elsewhere.Header["kid"] = m.keyID
	foreign, err := elsewhere.SignedString(m.key)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := token.Sign(stranger, m.keyID, clerk, time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{
		"an expired token":   m.sign(clerk, time.Now().Add(-time.Hour)),
		"a wrong signature":  wrong,
		"another audience":   foreign,
		"alg none":           base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + ".",
		"what is no token":   "x.y.z",
		"a token cut in two": good[:len(good)/2],
	} {
		m.callers = append(m.callers, caller{name: name, identity: clerk, bad: true, token: func() string { return raw }})
	}
}

// disabled is a user with a token of before: every service has to hear within a minute
// that it no longer counts.
func (m *matrix) disabled(t *testing.T) {
	t.Helper()
	ctx := testkit.Context(t)
	users := authv1.NewUserServiceClient(m.system.dial(t, "regionauth", "zhejiang"))
	created, err := users.CreateUser(ctx, &authv1.CreateUserRequest{
		Username: "matrix.disabled", Password: rand.Text(), DisplayName: "停用", Level: commonv1.Level_LEVEL_COUNTY, RegionCode: "330106",
	})
	if err != nil {
		t.Fatal(err)
	}
	id := rpc.Identity{
		Subject: created.GetUser().GetId(), Name: "停用", Level: commonv1.Level_LEVEL_COUNTY, Region: "330106",
		Roles: []commonv1.Role{commonv1.Role_ROLE_CLERK},
	}
	raw := m.sign(id, time.Now())
	if _, err := users.DisableUser(ctx, &authv1.DisableUserRequest{Id: id.Subject, Reason: "权限测试"}); err != nil {
		t.Fatal(err)
	}
	heard, since := map[string]bool{}, time.Now()
	for _, call := range m.methods {
		if service := serving(call); !heard[service] && !rule(call).GetAnonymous() {
			heard[service] = true
			until(t, func() bool {
				return fault.Is(m.overGRPC(t, call, raw, dynamicpb.NewMessage(call.Input())), "TOKEN_EXPIRED")
			})
		}
	}
	if took := time.Since(since); took > time.Minute {
		t.Errorf("a disabled user's token counted for %v", took)
	}
	m.callers = append(m.callers, caller{name: "a disabled user", identity: id, bad: true, token: func() string { return raw }})
}
