package systemtest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"baoxue.internal/deploy/internal/demoledger"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/pkg/token"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// What a refusal before a method's own code looks like.
var refusals = []string{"UNAUTHENTICATED", "TOKEN_EXPIRED", "PERMISSION_DENIED", "PASSWORD_CHANGE_REQUIRED"}

// TestAccessMatrix calls every method of the contract as everybody. The methods come from
// the descriptors: one that is written tomorrow is tried tomorrow.
func TestAccessMatrix(t *testing.T) {
	s := separate(t)
	m := newMatrix(t, s)
	t.Run("gRPC", func(t *testing.T) {
		for _, call := range m.methods {
			m.expect(t, string(call.FullName()), rule(call), func(raw string) error {
				return m.overGRPC(t, call, raw, dynamicpb.NewMessage(call.Input()))
			})
		}
	})
	t.Run("REST", func(t *testing.T) {
		tried := 0
		for _, call := range m.methods {
			method, path, ok := restOf(call)
			if !ok {
				continue
			}
			tried++
			m.expect(t, method+" "+path, rule(call), func(raw string) error { return m.overREST(t, method, path, raw) })
		}
		if tried < 20 {
			t.Errorf("only %d methods have a REST path", tried)
		}
	})
	t.Run("a foreign entry is a missing one", func(t *testing.T) { m.foreignIsMissing(t) })
	t.Run("a list shows nothing outside", func(t *testing.T) { m.nothingOutside(t) })
}

type matrix struct {
	system  *system
	conns   map[string]*grpc.ClientConn
	methods []protoreflect.MethodDescriptor
	callers []caller
	// key is the system's own, so that hundreds of callers need no log-in.
	key   ed25519.PrivateKey
	keyID string
}

// caller is somebody, or something, that calls.
type caller struct {
	name string
	// identity that the rule is asked about; the zero one is nobody.
	identity rpc.Identity
	// bad tokens are refused everywhere, even where none is needed.
	bad   bool
	token func() string
}

// expect has everybody make a call and reports it once, with all whom it surprises.
func (m *matrix) expect(t *testing.T, what string, rule *commonv1.AccessRule, call func(raw string) error) {
	t.Helper()
	var surprises []string
	for _, who := range m.callers {
		err := call(who.token())
		reason, missing := "", false
		if f := fault.As(err); f != nil {
			reason, missing = f.Reason, f.Kind == fault.Unimplemented
		}
		refused, want := slices.Contains(refusals, reason), who.bad || !allows(rule, who.identity)
		if refused != want || reason == "INTERNAL" || missing || reason == "UNIMPLEMENTED" {
			surprises = append(surprises, fmt.Sprintf("%s (%v)", who.name, err))
		}
	}
	if len(surprises) > 0 {
		t.Errorf("%s surprises %d of %d callers: %s", what, len(surprises), len(m.callers), strings.Join(surprises[:min(3, len(surprises))], "; "))
	}
}

// allows says again, apart from the server's code, what a rule means.
func allows(rule *commonv1.AccessRule, id rpc.Identity) bool {
	if rule.GetAnonymous() {
		return true
	}
	for _, s := range id.Scopes {
		if slices.Contains(rule.GetScopes(), s) {
			return true
		}
	}
	if !slices.Contains(rule.GetLevels(), id.Level) || id.MustChangePassword && !rule.GetBeforePasswordChange() {
		return false
	}
	if len(rule.GetRoles()) == 0 {
		return true
	}
	for _, r := range id.Roles {
		if slices.Contains(rule.GetRoles(), r) {
			return true
		}
	}
	return false
}

func rule(m protoreflect.MethodDescriptor) *commonv1.AccessRule {
	r, _ := proto.GetExtension(m.Options(), commonv1.E_Access).(*commonv1.AccessRule)
	return r
}

// contract lists every method of Baoxue's protos.
func contract() (methods []protoreflect.MethodDescriptor) {
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(f.Package()), "baoxue.") {
			return true
		}
		for i := range f.Services().Len() {
			service := f.Services().Get(i)
			for j := range service.Methods().Len() {
				methods = append(methods, service.Methods().Get(j))
			}
		}
		return true
	})
	slices.SortFunc(methods, func(a, b protoreflect.MethodDescriptor) int {
		return strings.Compare(string(a.FullName()), string(b.FullName()))
	})
	return methods
}

// serving is where a method is served.
func serving(m protoreflect.MethodDescriptor) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(string(m.ParentFile().Package()), "baoxue."), ".")
	switch name {
	case "auth", "region":
		return "regionauth"
	case "audit":
		// Every service serves its own; one is as good as another here.
		return "ledger"
	}
	return name
}

func newMatrix(t *testing.T, s *system) *matrix {
	t.Helper()
	m := &matrix{system: s, methods: contract(), conns: map[string]*grpc.ClientConn{}}
	m.keyID, m.key = s.signingKey(t)
	if len(m.methods) < 30 {
		t.Fatalf("the contract has %d methods", len(m.methods))
	}
	for service, address := range s.grpc {
		conn, err := rpc.Dial(address, rpc.ClientOptions{Token: func(ctx context.Context) (string, error) { return bearer(ctx), nil }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
		m.conns[service] = conn
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

type bearerKey struct{}

func bearer(ctx context.Context) string {
	raw, _ := ctx.Value(bearerKey{}).(string)
	return raw
}

// overGRPC makes any call with one message and returns its error. An answer that streams
// is asked for its first message.
func (m *matrix) overGRPC(t *testing.T, call protoreflect.MethodDescriptor, raw string, request proto.Message) error {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithValue(testkit.Context(t), bearerKey{}, raw))
	defer cancel()
	method := "/" + string(call.Parent().FullName()) + "/" + string(call.Name())
	conn, answer := m.conns[serving(call)], dynamicpb.NewMessage(call.Output())
	if !call.IsStreamingClient() && !call.IsStreamingServer() {
		return conn.Invoke(ctx, method, request, answer)
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: call.IsStreamingClient(), ServerStreams: call.IsStreamingServer()}, method)
	if err != nil {
		return rpc.FaultFromError(err)
	}
	if err := stream.SendMsg(request); err != nil && !errors.Is(err, io.EOF) {
		return rpc.FaultFromError(err)
	}
	if err := stream.CloseSend(); err != nil {
		return rpc.FaultFromError(err)
	}
	if err := stream.RecvMsg(answer); err != nil && !errors.Is(err, io.EOF) {
		return rpc.FaultFromError(err)
	}
	return nil
}

var pathParameter = regexp.MustCompile(`\{[^}]*\}`)

// byHand are the places of the methods that stream, which the gateway serves by hand.
var byHand = map[protoreflect.FullName][2]string{
	"baoxue.ledger.v1.ImportService.CreateImport":          {http.MethodPost, "/v1/imports"},
	"baoxue.reporting.v1.ExportService.ExportEntries":      {http.MethodGet, "/v1/exports/entries.xlsx"},
	"baoxue.reporting.v1.MonthService.GetBulletinWorkbook": {http.MethodGet, "/v1/months/2019-07/bulletin.xlsx"},
	"baoxue.audit.v1.AuditService.SearchRecords":           {http.MethodGet, "/v1/audit/ledger/records"},
	"baoxue.audit.v1.AuditService.ExportRecords":           {http.MethodGet, "/v1/audit/ledger/records.jsonl"},
}

// restOf is a method's place in the REST interface.
func restOf(m protoreflect.MethodDescriptor) (method, path string, ok bool) {
	if place, ok := byHand[m.FullName()]; ok {
		return place[0], place[1], true
	}
	h, _ := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
	switch p := h.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		method, path = http.MethodGet, p.Get
	case *annotations.HttpRule_Post:
		method, path = http.MethodPost, p.Post
	case *annotations.HttpRule_Patch:
		method, path = http.MethodPatch, p.Patch
	case *annotations.HttpRule_Delete:
		method, path = http.MethodDelete, p.Delete
	default:
		return "", "", false
	}
	return method, pathParameter.ReplaceAllString(path, "x"), true
}

func (m *matrix) overREST(t *testing.T, method, path, raw string) error {
	t.Helper()
	c := overREST{t: t, base: m.system.http, token: raw}
	var body io.Reader
	contentType := "application/json"
	switch {
	case path == "/v1/imports" && method == http.MethodPost:
		contentType = "multipart/form-data; boundary=x"
		body = strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\nx\r\n--x--\r\n")
	case method != http.MethodGet:
		body = strings.NewReader("{}")
	}
	_, err := c.do(method, path, contentType, body)
	return err
}

// foreignIsMissing compares, for every method that takes an entry, what somebody is told
// of an entry that is not theirs with what is told of one that does not exist.
func (m *matrix) foreignIsMissing(t *testing.T) {
	counties := map[string]string{}
	for _, county := range []string{"330106", "330102", "330302"} {
		counties[county] = m.entryOf(t, county)
	}
	missing := uuid.NewString()
	clerk := func(level commonv1.Level, region string) rpc.Identity {
		roles := []commonv1.Role{commonv1.Role_ROLE_CLERK, commonv1.Role_ROLE_REVIEWER, commonv1.Role_ROLE_READER}
		return rpc.Identity{Subject: uuid.NewString(), Name: "x", Level: level, Region: region, Roles: roles}
	}
	tried := 0
	for _, call := range m.methods {
		field := entryField(call)
		if field == nil {
			continue
		}
		tried++
		ask := func(id rpc.Identity, entry string) error {
			request := dynamicpb.NewMessage(call.Input())
			if sound := sound[string(call.FullName())]; sound != nil {
				proto.Merge(request, sound)
			}
			request.Set(field, protoreflect.ValueOfString(entry))
			return m.overGRPC(t, call, m.sign(id, time.Now()), request)
		}
		for name, c := range map[string]struct {
			who     rpc.Identity
			foreign []string
			own     []string
		}{
			"a county":           {clerk(commonv1.Level_LEVEL_COUNTY, "330106"), []string{"330102", "330302"}, []string{"330106"}},
			"a city":             {clerk(commonv1.Level_LEVEL_CITY, "330100"), []string{"330302"}, []string{"330106", "330102"}},
			"a limited account":  {rpc.Identity{Subject: "service:x", Region: "330106", Scopes: rule(call).GetScopes()}, []string{"330102", "330302"}, []string{"330106"}},
			"an account without": {rpc.Identity{Subject: "service:x", Scopes: rule(call).GetScopes()}, []string{"330106", "330102", "330302"}, nil},
		} {
			if !allows(rule(call), c.who) || slices.Contains(c.who.Scopes, "internal") {
				continue
			}
			want := shape(ask(c.who, missing))
			for _, county := range c.foreign {
				if got := shape(ask(c.who, counties[county])); got != want {
					t.Errorf("%s: %s is told of %s's entry %q, of a missing one %q", call.FullName(), name, county, got, want)
				}
			}
			for _, county := range c.own {
				got := shape(ask(c.who, counties[county]))
				if strings.Contains(got, "INVALID_REQUEST") {
					t.Errorf("%s: with an entry alone it is no sound request and proves nothing: add one to sound", call.FullName())
				}
				if got == want {
					t.Errorf("%s: %s is told of its own entry in %s what it is told of a missing one: %q", call.FullName(), name, county, got)
				}
			}
		}
	}
	if tried < 4 {
		t.Errorf("only %d methods take an entry", tried)
	}
}

// sound are requests that are well formed but for the entry.
var sound = map[string]proto.Message{
	"baoxue.verification.v1.FindingService.SubmitFinding": &verificationv1.SubmitFindingRequest{
		Form: &verificationv1.SubmitFindingRequest_Unconfirmed{Unconfirmed: &verificationv1.UnconfirmedFinding{
			Witness: "王老师", WitnessDate: "2026-11-01", Explanation: "权限测试",
		}},
	},
	"baoxue.ledger.v1.LedgerService.RevealEntry": &ledgerv1.RevealEntryRequest{Reason: "权限测试"},
	"baoxue.ledger.v1.LedgerService.AssignEntry": &ledgerv1.AssignEntryRequest{CountyCode: "330108", Reason: "权限测试"},
}

// entryField is the field by which a request names an entry, or nil.
func entryField(m protoreflect.MethodDescriptor) protoreflect.FieldDescriptor {
	if f := m.Input().Fields().ByName("entry_id"); f != nil {
		return f
	}
	if m.Parent().Name() == "LedgerService" {
		return m.Input().Fields().ByName("id")
	}
	return nil
}

// shape is all that an answer tells, but for the request's own id.
func shape(err error) string {
	f := fault.As(err)
	if f == nil {
		return fmt.Sprint(err)
	}
	metadata := make([]string, 0, len(f.Metadata))
	for k, v := range f.Metadata {
		if k != "request_id" {
			metadata = append(metadata, k+"="+v)
		}
	}
	slices.Sort(metadata)
	return fmt.Sprint(f.Kind, f.Reason, f.Message, f.Violations, metadata)
}

// nothingOutside asks, by every method that takes a region, for the own one, a sibling, the
// parent and a foreign one: no answer names a county outside of what the caller may see.
func (m *matrix) nothingOutside(t *testing.T) {
	for _, county := range []string{"330106", "330102", "330302"} {
		m.entryOf(t, county)
	}
	everyRole := []commonv1.Role{
		commonv1.Role_ROLE_CLERK, commonv1.Role_ROLE_REVIEWER, commonv1.Role_ROLE_READER, commonv1.Role_ROLE_ADMINISTRATOR, commonv1.Role_ROLE_OPERATOR,
	}
	tried, seen := 0, 0
	for _, call := range m.methods {
		field := call.Input().Fields().ByName("region")
		if field == nil || call.IsStreamingClient() {
			continue
		}
		tried++
		for _, who := range []struct {
			rpc.Identity
			within string
		}{
			{rpc.Identity{Subject: uuid.NewString(), Level: commonv1.Level_LEVEL_COUNTY, Region: "330106", Roles: everyRole}, "330106"},
			{rpc.Identity{Subject: uuid.NewString(), Level: commonv1.Level_LEVEL_CITY, Region: "330100", Roles: everyRole}, "3301"},
			{rpc.Identity{Subject: "service:x", Region: "330106", Scopes: rule(call).GetScopes()}, "330106"},
		} {
			if !allows(rule(call), who.Identity) || slices.Contains(who.Scopes, "internal") {
				continue
			}
			for _, region := range []string{"", "330106", "330102", "330100", "330302", "330300", "330000", "none"} {
				request, answer := dynamicpb.NewMessage(call.Input()), dynamicpb.NewMessage(call.Output())
				request.Set(field, protoreflect.ValueOfString(region))
				if month := call.Input().Fields().ByName("month"); month != nil {
					request.Set(month, protoreflect.ValueOfString("2019-07"))
				}
				ctx := context.WithValue(testkit.Context(t), bearerKey{}, m.sign(who.Identity, time.Now()))
				method := "/" + string(call.Parent().FullName()) + "/" + string(call.Name())
				if err := m.conns[serving(call)].Invoke(ctx, method, request, answer); err != nil {
					continue
				}
				for _, code := range handlers(answer) {
					seen++
					if !strings.HasPrefix(code, who.within) {
						t.Errorf("%s: asked for %q, %v of %s is shown %q", call.FullName(), region, who.Level, who.Region, code)
					}
				}
			}
		}
	}
	if tried < 4 || seen == 0 {
		t.Errorf("%d methods take a region, %d counties were seen: this proves nothing", tried, seen)
	}
}

// handlers are the counties, and the regions of figures, that an answer names. An entry's
// region_code is not among them: it is what the Ministry's file says.
func handlers(m protoreflect.Message) (codes []string) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				codes = append(codes, handlers(v.List().Get(i).Message())...)
			}
		case f.Message() != nil && !f.IsList():
			codes = append(codes, handlers(v.Message())...)
		case f.Name() == "county_code", f.Name() == "region_code" && m.Descriptor().FullName() != "baoxue.ledger.v1.Entry":
			codes = append(codes, v.String())
		}
		return true
	})
	return codes
}

// entryOf assigns one of the province's own entries to a county and returns its id.
func (m *matrix) entryOf(t *testing.T, county string) string {
	t.Helper()
	province := m.system.overGRPC(t, "zhejiang").(overGRPC)
	entries := province.list(&ledgerv1.ListEntriesRequest{Region: "none"}).GetEntries()
	if len(entries) == 0 {
		var sample bytes.Buffer
		if err := demoledger.WriteSample(&sample); err != nil {
			t.Fatal(err)
		}
		province.importFile("通知样例.xlsx", sample.Bytes())
		entries = province.list(&ledgerv1.ListEntriesRequest{Region: "none"}).GetEntries()
	}
	if _, err := ledgerv1.NewLedgerServiceClient(province.ledger).AssignEntry(testkit.Context(t), &ledgerv1.AssignEntryRequest{
		Id: entries[0].GetId(), CountyCode: county, Reason: "权限测试",
	}); err != nil {
		t.Fatal(err)
	}
	return entries[0].GetId()
}
