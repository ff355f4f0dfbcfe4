package server

import (
	"context"
	"crypto/x509"
	"net/netip"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/rpc"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
)

// Accounts implements ServiceAccountService.
type Accounts struct {
	authv1.UnimplementedServiceAccountServiceServer
	Accounts app.Accounts
}

func accountProto(a domain.ServiceAccount) *authv1.ServiceAccount {
	return &authv1.ServiceAccount{
		Name: a.Name, DisplayName: a.DisplayName, Scopes: a.Scopes, RegionCode: a.Region, CertificateIdentity: a.CertificateIdentity,
		ExpireTime: timeProto(a.ExpiresAt), LastUsedTime: timeProto(a.LastUsedAt), CreateTime: timestamppb.New(a.CreatedAt), Disabled: a.Disabled,
	}
}

// instantOf is zero for absent.
func instantOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

// ListServiceAccounts implements ServiceAccountService.
func (s *Accounts) ListServiceAccounts(ctx context.Context, req *authv1.ListServiceAccountsRequest) (*authv1.ListServiceAccountsResponse, error) {
	accounts, next, err := s.Accounts.List(ctx, int(req.GetPageSize()), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	resp := &authv1.ListServiceAccountsResponse{NextPageToken: next}
	for _, a := range accounts {
		resp.ServiceAccounts = append(resp.ServiceAccounts, accountProto(a))
	}
	return resp, nil
}

// CreateServiceAccount implements ServiceAccountService.
func (s *Accounts) CreateServiceAccount(ctx context.Context, req *authv1.CreateServiceAccountRequest) (*authv1.CreateServiceAccountResponse, error) {
	a := req.GetServiceAccount()
	created, secret, err := s.Accounts.Create(ctx, domain.ServiceAccount{
		Name: a.GetName(), DisplayName: a.GetDisplayName(), Scopes: a.GetScopes(), Region: a.GetRegionCode(),
		CertificateIdentity: a.GetCertificateIdentity(), ExpiresAt: instantOf(a.GetExpireTime()),
	})
	if err != nil {
		return nil, err
	}
	return &authv1.CreateServiceAccountResponse{ServiceAccount: accountProto(created), Secret: secret}, nil
}

// UpdateServiceAccount implements ServiceAccountService. Without a mask, what is
// filled in is changed.
func (s *Accounts) UpdateServiceAccount(ctx context.Context, req *authv1.UpdateServiceAccountRequest) (*authv1.UpdateServiceAccountResponse, error) {
	given := req.GetServiceAccount()
	paths := req.GetUpdateMask().GetPaths()
	if len(paths) == 0 {
		for path, filled := range map[string]bool{
			"display_name": given.GetDisplayName() != "", "scopes": len(given.GetScopes()) > 0, "region_code": given.GetRegionCode() != "",
			"certificate_identity": given.GetCertificateIdentity() != "", "expire_time": given.GetExpireTime() != nil,
		} {
			if filled {
				paths = append(paths, path)
			}
		}
	}
	var changes []func(*domain.ServiceAccount)
	when := func(change func(a *domain.ServiceAccount)) func() {
		return func() { changes = append(changes, change) }
	}
	if err := masked(paths, map[string]func(){
		"display_name":         when(func(a *domain.ServiceAccount) { a.DisplayName = given.GetDisplayName() }),
		"scopes":               when(func(a *domain.ServiceAccount) { a.Scopes = given.GetScopes() }),
		"region_code":          when(func(a *domain.ServiceAccount) { a.Region = given.GetRegionCode() }),
		"certificate_identity": when(func(a *domain.ServiceAccount) { a.CertificateIdentity = given.GetCertificateIdentity() }),
		"expire_time":          when(func(a *domain.ServiceAccount) { a.ExpiresAt = instantOf(given.GetExpireTime()) }),
	}); err != nil {
		return nil, err
	}
	updated, err := s.Accounts.Update(ctx, given.GetName(), func(a *domain.ServiceAccount) {
		for _, change := range changes {
			change(a)
		}
	})
	if err != nil {
		return nil, err
	}
	return &authv1.UpdateServiceAccountResponse{ServiceAccount: accountProto(updated)}, nil
}

// RotateSecret implements ServiceAccountService.
func (s *Accounts) RotateSecret(ctx context.Context, req *authv1.RotateSecretRequest) (*authv1.RotateSecretResponse, error) {
	secret, err := s.Accounts.RotateSecret(ctx, req.GetName(), req.GetOverlap().AsDuration())
	if err != nil {
		return nil, err
	}
	return &authv1.RotateSecretResponse{Secret: secret}, nil
}

// DisableServiceAccount implements ServiceAccountService.
func (s *Accounts) DisableServiceAccount(ctx context.Context, req *authv1.DisableServiceAccountRequest) (*authv1.DisableServiceAccountResponse, error) {
	a, err := s.Accounts.Disable(ctx, req.GetName(), req.GetReason())
	if err != nil {
		return nil, err
	}
	return &authv1.DisableServiceAccountResponse{ServiceAccount: accountProto(a)}, nil
}

// IssueClientToken implements AuthService.
func (s *Auth) IssueClientToken(ctx context.Context, req *authv1.IssueClientTokenRequest) (*authv1.IssueClientTokenResponse, error) {
	access, ttl, err := s.Accounts.Token(ctx, app.Client{
		Name: req.GetClientId(), Secret: req.GetClientSecret(), Certificate: certificate(ctx), Address: rpc.ClientAddress(ctx),
	})
	if err != nil {
		s.Refusals.guarded(ctx, "account.refused", req.GetClientId(), err)
		return nil, err
	}
	return &authv1.IssueClientTokenResponse{AccessToken: access, ExpiresIn: int32(ttl.Seconds())}, nil
}

// certificate is whom the peer's verified certificate names: its URIs, its DNS
// names, its common name. A peer that speaks for somebody else, as the gateway
// does, proves nothing about them.
func certificate(ctx context.Context) []string {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return nil
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok || len(info.State.VerifiedChains) == 0 {
		return nil
	}
	if at, err := netip.ParseAddrPort(p.Addr.String()); err != nil || at.Addr().Unmap().String() != rpc.ClientAddress(ctx) {
		return nil
	}
	return identities(info.State.VerifiedChains[0][0])
}

func identities(c *x509.Certificate) []string {
	var all []string
	for _, u := range c.URIs {
		all = append(all, u.String())
	}
	all = append(all, c.DNSNames...)
	if c.Subject.CommonName != "" {
		all = append(all, c.Subject.CommonName)
	}
	return all
}
