// Package server translates between the contract and the use cases; it holds no
// rule.
package server

import (
	"context"
	"crypto/ed25519"

	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
)

// Auth implements AuthService.
type Auth struct {
	authv1.UnimplementedAuthServiceServer
	Access   app.Access
	Accounts app.Accounts
	Keys     *app.Keys
	Refusals *Refusals
}

// Login implements AuthService.
func (s *Auth) Login(ctx context.Context, req *authv1.LoginRequest) (*authv1.LoginResponse, error) {
	t, err := s.Access.Login(ctx, app.Credentials{
		Username: req.GetUsername(), Password: req.GetPassword(), Code: req.GetTotpCode(), Address: rpc.ClientAddress(ctx),
	})
	if err != nil {
		// To be asked for a code is no refusal.
		if !fault.Is(err, "TOTP_REQUIRED") {
			s.Refusals.guarded(ctx, "login.refused", req.GetUsername(), err)
		}
		return nil, err
	}
	return &authv1.LoginResponse{
		AccessToken: t.Access, RefreshToken: t.Refresh, ExpiresIn: int32(t.ExpiresIn.Seconds()), User: userProto(t.User, s.Access.Regions.Table()),
	}, nil
}

// Refresh implements AuthService.
func (s *Auth) Refresh(ctx context.Context, req *authv1.RefreshRequest) (*authv1.RefreshResponse, error) {
	t, err := s.Access.Refresh(ctx, req.GetRefreshToken())
	if err != nil {
		return nil, err
	}
	return &authv1.RefreshResponse{
		AccessToken: t.Access, RefreshToken: t.Refresh, ExpiresIn: int32(t.ExpiresIn.Seconds()), User: userProto(t.User, s.Access.Regions.Table()),
	}, nil
}

// Logout implements AuthService.
func (s *Auth) Logout(ctx context.Context, req *authv1.LogoutRequest) (*authv1.LogoutResponse, error) {
	if err := s.Access.Logout(ctx, req.GetRefreshToken()); err != nil {
		return nil, err
	}
	return &authv1.LogoutResponse{}, nil
}

// LogoutEverywhere implements AuthService.
func (s *Auth) LogoutEverywhere(ctx context.Context, _ *authv1.LogoutEverywhereRequest) (*authv1.LogoutEverywhereResponse, error) {
	if err := s.Access.LogoutEverywhere(ctx, rpc.IdentityFrom(ctx).Subject); err != nil {
		return nil, err
	}
	return &authv1.LogoutEverywhereResponse{}, nil
}

// ChangePassword implements AuthService.
func (s *Auth) ChangePassword(ctx context.Context, req *authv1.ChangePasswordRequest) (*authv1.ChangePasswordResponse, error) {
	t, err := s.Access.ChangePassword(ctx, app.PasswordChange{
		UserID: rpc.IdentityFrom(ctx).Subject, Current: req.GetCurrentPassword(), New: req.GetNewPassword(), Address: rpc.ClientAddress(ctx),
	})
	if err != nil {
		s.Refusals.guarded(ctx, "password.refused", "", err)
		return nil, err
	}
	return &authv1.ChangePasswordResponse{
		AccessToken: t.Access, RefreshToken: t.Refresh, ExpiresIn: int32(t.ExpiresIn.Seconds()), User: userProto(t.User, s.Access.Regions.Table()),
	}, nil
}

// GetMe implements AuthService.
func (s *Auth) GetMe(ctx context.Context, _ *authv1.GetMeRequest) (*authv1.GetMeResponse, error) {
	caller := rpc.IdentityFrom(ctx)
	user, err := s.Access.Me(ctx, caller.Subject)
	if err != nil {
		return nil, err
	}
	// Who signed on elsewhere has no password to change here.
	user.MustChangePassword = user.MustChangePassword && caller.MustChangePassword
	return &authv1.GetMeResponse{User: userProto(user, s.Access.Regions.Table())}, nil
}

// ListSigningKeys implements AuthService.
func (s *Auth) ListSigningKeys(ctx context.Context, _ *authv1.ListSigningKeysRequest) (*authv1.ListSigningKeysResponse, error) {
	keys, err := s.Keys.Verifying(ctx)
	if err != nil {
		return nil, err
	}
	resp := &authv1.ListSigningKeysResponse{}
	for _, k := range keys {
		resp.Keys = append(resp.Keys, &authv1.SigningKey{Id: k.ID, PublicKey: []byte(k.Private.Public().(ed25519.PublicKey))})
	}
	return resp, nil
}

// RotateSigningKey implements AuthService.
func (s *Auth) RotateSigningKey(ctx context.Context, _ *authv1.RotateSigningKeyRequest) (*authv1.RotateSigningKeyResponse, error) {
	id, err := s.Keys.Rotate(ctx)
	if err != nil {
		return nil, err
	}
	return &authv1.RotateSigningKeyResponse{KeyId: id}, nil
}

// IssueServiceToken implements AuthService.
func (s *Auth) IssueServiceToken(ctx context.Context, req *authv1.IssueServiceTokenRequest) (*authv1.IssueServiceTokenResponse, error) {
	access, ttl, err := s.Access.ServiceToken(req.GetService(), req.GetSecret())
	if err != nil {
		s.Refusals.unguarded(ctx, "service.refused", req.GetService(), err)
		return nil, err
	}
	return &authv1.IssueServiceTokenResponse{AccessToken: access, ExpiresIn: int32(ttl.Seconds())}, nil
}

// Bootstrap implements AuthService.
func (s *Auth) Bootstrap(ctx context.Context, req *authv1.BootstrapRequest) (*authv1.BootstrapResponse, error) {
	user, err := s.Access.Bootstrap(ctx, req.GetSecret(), domain.NewUser{
		Username: req.GetUsername(), Password: req.GetPassword(), DisplayName: req.GetDisplayName(),
	})
	if err != nil {
		s.Refusals.unguarded(ctx, "bootstrap.refused", "", err)
		return nil, err
	}
	return &authv1.BootstrapResponse{User: userProto(user, s.Access.Regions.Table())}, nil
}

// ListRevocations implements AuthService.
func (s *Auth) ListRevocations(ctx context.Context, _ *authv1.ListRevocationsRequest) (*authv1.ListRevocationsResponse, error) {
	revocations, err := s.Access.Revocations(ctx)
	if err != nil {
		return nil, err
	}
	resp := &authv1.ListRevocationsResponse{}
	for subject, before := range revocations {
		resp.Revocations = append(resp.Revocations, &authv1.Revocation{Subject: subject, IssuedBeforeTime: timestamppb.New(before)})
	}
	return resp, nil
}
