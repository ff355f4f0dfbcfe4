package regionauth_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/pkg/token"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	_ "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	_ "baoxue.internal/proto/gen/baoxue/reporting/v1"
	_ "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/regionauth/internal/domain"
)

// school is the student-record system.
func school() *authv1.ServiceAccount {
	return &authv1.ServiceAccount{Name: "school", DisplayName: "学籍系统", Scopes: []string{"regions.read", "entries.read"}, RegionCode: "330100"}
}

func (h *house) accounts(t *testing.T, access string) authv1.ServiceAccountServiceClient {
	return authv1.NewServiceAccountServiceClient(h.as(t, access))
}

// again logs the province in again: a test's time passes faster than tokens live.
func (h *house) again(t *testing.T) string {
	t.Helper()
	login, err := h.auth(t, "").Login(testkit.Context(t), &authv1.LoginRequest{Username: "zhejiang", Password: secretPassword})
	if err != nil {
		t.Fatal(err)
	}
	return login.GetAccessToken()
}

func clientToken(ctx context.Context, auth authv1.AuthServiceClient, name, secret string) (*authv1.IssueClientTokenResponse, error) {
	return auth.IssueClientToken(ctx, &authv1.IssueClientTokenRequest{ClientId: name, ClientSecret: secret})
}

func TestAnotherSystemGetsATokenOfItsOwn(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	accounts, auth := h.accounts(t, login.GetAccessToken()), h.auth(t, "")
	created, err := accounts.CreateServiceAccount(ctx, &authv1.CreateServiceAccountRequest{ServiceAccount: school()})
	if err != nil || created.GetSecret() == "" || created.GetServiceAccount().GetLastUsedTime() != nil {
		t.Fatalf("%v, %v", created, err)
	}
	issued, err := clientToken(ctx, auth, "school", created.GetSecret())
	if err != nil || issued.GetExpiresIn() != 15*60 {
		t.Fatalf("%v, %v", issued, err)
	}
	id, err := token.NewVerifierAt(h.service.KeySource(), h.service.RevocationSource(), h.clock.now).Authenticate(ctx, issued.GetAccessToken())
	if err != nil || id.Subject != "service:school" || id.Name != "学籍系统" || id.Region != "330100" || id.Level != 0 ||
		!slices.Equal(id.Scopes, []string{"entries.read", "regions.read"}) {
		t.Errorf("%+v, %v", id, err)
	}
	if _, err := regionv1.NewRegionServiceClient(h.as(t, issued.GetAccessToken())).GetRegion(ctx, &regionv1.GetRegionRequest{Code: "330106"}); err != nil {
		t.Errorf("within its scopes: %v", err)
	}
	_, err = h.accounts(t, issued.GetAccessToken()).ListServiceAccounts(ctx, &authv1.ListServiceAccountsRequest{})
	refused(t, "beyond its scopes", err, fault.Denied, "PERMISSION_DENIED")
	listed, err := accounts.ListServiceAccounts(ctx, &authv1.ListServiceAccountsRequest{PageSize: 1})
	if err != nil || len(listed.GetServiceAccounts()) != 1 || listed.GetNextPageToken() != "" || listed.GetServiceAccounts()[0].GetLastUsedTime() == nil {
		t.Errorf("%v, %v", listed, err)
	}
	for name, secret := range map[string]string{"school": "wrong", "other": created.GetSecret(), "": created.GetSecret()} {
		_, err := clientToken(ctx, auth, name, secret)
		refused(t, "wrong "+name, err, fault.Unauthenticated, "CREDENTIALS_INVALID")
	}
	_, err = clientToken(ctx, auth, "school", "")
	refused(t, "neither secret nor certificate", err, fault.Unauthenticated, "CREDENTIALS_INVALID")
}

func TestAllThatIsWrongWithAnAccountIsToldAtOnce(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	accounts := h.accounts(t, login.GetAccessToken())
	create := func(a *authv1.ServiceAccount) error {
		_, err := accounts.CreateServiceAccount(ctx, &authv1.CreateServiceAccountRequest{ServiceAccount: a})
		return err
	}
	err := create(&authv1.ServiceAccount{
		Name: "?", Scopes: []string{"internal", "entries.read"}, RegionCode: "310000", CertificateIdentity: "a\nb", ExpireTime: timestamppb.New(h.clock.now()),
	})
	var got []string
	for _, v := range fault.As(err).Violations {
		got = append(got, strings.TrimPrefix(v.Field, "service_account.")+" "+v.Reason)
	}
	want := []string{
		"name INVALID_REQUEST", "display_name REQUIRED", "scopes SCOPE_UNKNOWN", "region_code REGION_LEVEL_MISMATCH",
		"certificate_identity INVALID_REQUEST", "expire_time TIME_INVALID",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if err := create(school()); err != nil {
		t.Fatal(err)
	}
	refused(t, "a name twice", create(school()), fault.Exists, "NAME_TAKEN")
	// A token in the name of one of our own services must never be another's.
	for _, name := range []string{"ledger", "verification", "regionauth", "reporting", "gateway"} {
		a := school()
		a.Name = name
		refused(t, name, create(a), fault.Invalid, "INVALID_REQUEST")
	}
}

// Whatever an access rule names, an account can be given, but for what is between
// our own services.
func TestEveryScopeOfTheContractIsKnown(t *testing.T) {
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			for j := range f.Services().Get(i).Methods().Len() {
				m := f.Services().Get(i).Methods().Get(j)
				rule, _ := proto.GetExtension(m.Options(), commonv1.E_Access).(*commonv1.AccessRule)
				for _, s := range rule.GetScopes() {
					if s != "internal" && !slices.Contains(domain.Scopes, s) {
						t.Errorf("%s needs %s", m.FullName(), s)
					}
				}
			}
		}
		return true
	})
}

func TestASecretIsReplacedWithoutAGap(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	accounts, auth := h.accounts(t, login.GetAccessToken()), h.auth(t, "")
	created, err := accounts.CreateServiceAccount(ctx, &authv1.CreateServiceAccountRequest{ServiceAccount: school()})
	if err != nil {
		t.Fatal(err)
	}
	rotate := func(overlap time.Duration) (string, error) {
		resp, err := accounts.RotateSecret(ctx, &authv1.RotateSecretRequest{Name: "school", Overlap: durationpb.New(overlap)})
		return resp.GetSecret(), err
	}
	works := func(what, secret string, want bool) {
		t.Helper()
		if _, err := clientToken(ctx, auth, "school", secret); (err == nil) != want {
			t.Errorf("%s: %v", what, err)
		}
	}
	first := created.GetSecret()
	second, err := rotate(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	works("the earlier one", first, true)
	works("the new one", second, true)
	h.clock.pass(time.Hour)
	works("the earlier one, after the overlap", first, false)
	works("the new one, after the overlap", second, true)
	accounts = h.accounts(t, h.again(t))
	old, err := clientToken(ctx, auth, "school", second)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.pass(time.Second)
	third, err := rotate(0)
	if err != nil {
		t.Fatal(err)
	}
	works("the earlier one, without an overlap", second, false)
	works("the third", third, true)
	h.clock.pass(time.Minute)
	_, err = regionv1.NewRegionServiceClient(h.as(t, old.GetAccessToken())).GetRegion(ctx, &regionv1.GetRegionRequest{Code: "330106"})
	refused(t, "a token of the secret that others know", err, fault.Unauthenticated, "TOKEN_EXPIRED")
	for _, wrong := range []time.Duration{-time.Second, 31 * 24 * time.Hour} {
		_, err := rotate(wrong)
		refused(t, wrong.String(), err, fault.Invalid, "INVALID_REQUEST")
	}
}

func TestAnAccountEnds(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	accounts, auth := h.accounts(t, login.GetAccessToken()), h.auth(t, "")
	a := school()
	a.ExpireTime = timestamppb.New(h.clock.now().Add(20 * time.Minute))
	created, err := accounts.CreateServiceAccount(ctx, &authv1.CreateServiceAccountRequest{ServiceAccount: a})
	if err != nil {
		t.Fatal(err)
	}
	h.clock.pass(10 * time.Minute)
	issued, err := clientToken(ctx, auth, "school", created.GetSecret())
	if err != nil || issued.GetExpiresIn() > 10*60 {
		t.Errorf("a token outlives its account: %v, %v", issued, err)
	}
	h.clock.pass(10 * time.Minute)
	_, err = clientToken(ctx, auth, "school", created.GetSecret())
	refused(t, "expired", err, fault.Unauthenticated, "CREDENTIALS_INVALID")
	accounts = h.accounts(t, h.again(t))
	updated, err := accounts.UpdateServiceAccount(ctx, &authv1.UpdateServiceAccountRequest{
		ServiceAccount: &authv1.ServiceAccount{Name: "school"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"expire_time"}},
	})
	if err != nil || updated.GetServiceAccount().GetExpireTime() != nil {
		t.Fatalf("%v, %v", updated, err)
	}
	if issued, err = clientToken(ctx, auth, "school", created.GetSecret()); err != nil {
		t.Fatal(err)
	}
	region := func() error {
		_, err := regionv1.NewRegionServiceClient(h.as(t, issued.GetAccessToken())).GetRegion(ctx, &regionv1.GetRegionRequest{Code: "330106"})
		return err
	}
	if err := region(); err != nil {
		t.Fatal(err)
	}
	h.clock.pass(time.Second)
	if _, err := accounts.DisableServiceAccount(ctx, &authv1.DisableServiceAccountRequest{Name: "school", Reason: "停止对接"}); err != nil {
		t.Fatal(err)
	}
	_, err = clientToken(ctx, auth, "school", created.GetSecret())
	refused(t, "disabled", err, fault.Unauthenticated, "CREDENTIALS_INVALID")
	h.clock.pass(time.Minute)
	refused(t, "a minute later", region(), fault.Unauthenticated, "TOKEN_EXPIRED")
	_, err = accounts.RotateSecret(ctx, &authv1.RotateSecretRequest{Name: "school"})
	refused(t, "a secret for it", err, fault.Precondition, "USER_DISABLED")
	_, err = accounts.DisableServiceAccount(ctx, &authv1.DisableServiceAccountRequest{Name: "nobody's", Reason: "x"})
	refused(t, "nobody", err, fault.NotFound, "NOT_FOUND")
	_, err = accounts.DisableServiceAccount(ctx, &authv1.DisableServiceAccountRequest{Name: "nobody\x00", Reason: "x"})
	refused(t, "what no table can hold", err, fault.Invalid, "INVALID_REQUEST")
}

func TestSecretsAreNotTriedAtWill(t *testing.T) {
	h := serve(t)
	ctx := rpc.WithClientAddress(testkit.Context(t), "203.0.113.1")
	auth := h.auth(t, "")
	for range 20 {
		_, err := clientToken(ctx, auth, "school", "wrong")
		refused(t, "wrong", err, fault.Unauthenticated, "CREDENTIALS_INVALID")
	}
	_, err := clientToken(ctx, auth, "school", "wrong")
	refused(t, "once more", err, fault.Exhausted, "LOCKED_OUT")
	_, err = clientToken(rpc.WithClientAddress(testkit.Context(t), "203.0.113.2"), auth, "school", "wrong")
	refused(t, "from elsewhere", err, fault.Unauthenticated, "CREDENTIALS_INVALID")
}

func TestACertificateIsAsGoodAsASecret(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	accounts := h.accounts(t, login.GetAccessToken())
	for name, identity := range map[string]string{"by-uri": "spiffe://edu/school", "by-dns": "police.example", "by-name": "poverty registry"} {
		a := school()
		a.Name, a.CertificateIdentity = name, identity
		if _, err := accounts.CreateServiceAccount(ctx, &authv1.CreateServiceAccountRequest{ServiceAccount: a}); err != nil {
			t.Fatal(err)
		}
	}
	a := school()
	a.CertificateIdentity = "police.example"
	_, err := accounts.CreateServiceAccount(ctx, &authv1.CreateServiceAccountRequest{ServiceAccount: a})
	refused(t, "one certificate for two", err, fault.Exists, "ALREADY_EXISTS")

	ca, foreign := testkit.NewAuthority(t), testkit.NewAuthority(t)
	h.startTLS(t, credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{ca.Certify(&x509.Certificate{DNSNames: []string{"localhost"}})},
		ClientAuth:   tls.VerifyClientCertIfGiven, ClientCAs: ca.Pool, MinVersion: tls.VersionTLS13,
	}))
	dial := func(certificates ...tls.Certificate) authv1.AuthServiceClient {
		conn, err := rpc.Dial(h.target, rpc.ClientOptions{Token: rpc.Anonymous, Credentials: credentials.NewTLS(&tls.Config{
			RootCAs: ca.Pool, ServerName: "localhost", Certificates: certificates, MinVersion: tls.VersionTLS13,
		})})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return authv1.NewAuthServiceClient(conn)
	}
	uri := &url.URL{Scheme: "spiffe", Host: "edu", Path: "/school"}
	both := ca.Certify(&x509.Certificate{URIs: []*url.URL{uri}, DNSNames: []string{"police.example"}})
	subject := func(auth authv1.AuthServiceClient, ctx context.Context, name string) string {
		resp, err := clientToken(ctx, auth, name, "")
		if err != nil {
			return fault.As(err).Reason
		}
		id, err := token.NewVerifierAt(h.service.KeySource(), h.service.RevocationSource(), h.clock.now).Authenticate(ctx, resp.GetAccessToken())
		if err != nil {
			t.Fatal(err)
		}
		return id.Subject
	}
	for _, c := range []struct {
		what, name, want string
		auth             authv1.AuthServiceClient
		ctx              context.Context
	}{
		{"URI", "", "service:by-uri", dial(ca.Certify(&x509.Certificate{URIs: []*url.URL{uri}})), ctx},
		{"DNS name", "", "service:by-dns", dial(ca.Certify(&x509.Certificate{DNSNames: []string{"police.example"}})), ctx},
		{"common name", "", "service:by-name", dial(ca.Certify(&x509.Certificate{Subject: pkix.Name{CommonName: "poverty registry"}})), ctx},
		{"two names, none chosen", "", "CREDENTIALS_INVALID", dial(both), ctx},
		{"two names, one chosen", "by-dns", "service:by-dns", dial(both), ctx},
		{"another's name", "by-name", "CREDENTIALS_INVALID", dial(both), ctx},
		{"nobody's", "", "CREDENTIALS_INVALID", dial(ca.Certify(&x509.Certificate{DNSNames: []string{"else.example"}})), ctx},
		{"no certificate", "by-uri", "CREDENTIALS_INVALID", dial(), ctx},
		// The gateway speaks for those who have no certificate of its own.
		{"on behalf of somebody", "by-uri", "CREDENTIALS_INVALID", dial(both), rpc.WithClientAddress(ctx, "203.0.113.1")},
	} {
		if got := subject(c.auth, c.ctx, c.name); got != c.want {
			t.Errorf("%s: got %s, want %s", c.what, got, c.want)
		}
	}
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, err := clientToken(short, dial(foreign.Certify(&x509.Certificate{URIs: []*url.URL{uri}})), "", ""); err == nil {
		t.Error("a foreign authority's certificate is believed")
	}
}
