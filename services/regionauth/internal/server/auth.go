// Package server translates between the contract and the use cases; it holds no
// rule.
package server

import (
	"context"
	"crypto/ed25519"

	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/rpc"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
)

// Auth implements AuthService.
type Auth struct {
	authv1.UnimplementedAuthServiceServer
	Access app.Access
	Keys   []app.Key
}

func userProto(u domain.User, regions *domain.Regions) *authv1.User {
	region, _ := regions.Get(u.Region)
	return &authv1.User{
		Id: u.ID, Username: u.Username, DisplayName: u.DisplayName, Level: commonv1.Level(u.Level),
		RegionCode: u.Region, RegionName: region.Name, CreateTime: timestamppb.New(u.CreatedAt),
		Roles: RolesProto(u.Roles), Disabled: u.Disabled,
	}
}

// RolesProto are the contract's.
func RolesProto(roles []domain.Role) []commonv1.Role {
	out := make([]commonv1.Role, len(roles))
	for i, r := range roles {
		out[i] = commonv1.Role(r)
	}
	return out
}

func rolesOf(roles []commonv1.Role) []domain.Role {
	out := make([]domain.Role, len(roles))
	for i, r := range roles {
		out[i] = domain.Role(r)
	}
	return out
}

// Login implements AuthService.
func (s *Auth) Login(ctx context.Context, req *authv1.LoginRequest) (*authv1.LoginResponse, error) {
	t, err := s.Access.Login(ctx, req.GetUsername(), req.GetPassword())
	if err != nil {
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

// GetMe implements AuthService.
func (s *Auth) GetMe(ctx context.Context, _ *authv1.GetMeRequest) (*authv1.GetMeResponse, error) {
	user, err := s.Access.Me(ctx, rpc.IdentityFrom(ctx).Subject)
	if err != nil {
		return nil, err
	}
	return &authv1.GetMeResponse{User: userProto(user, s.Access.Regions.Table())}, nil
}

// ListSigningKeys implements AuthService.
func (s *Auth) ListSigningKeys(context.Context, *authv1.ListSigningKeysRequest) (*authv1.ListSigningKeysResponse, error) {
	resp := &authv1.ListSigningKeysResponse{}
	for _, k := range s.Keys {
		resp.Keys = append(resp.Keys, &authv1.SigningKey{Id: k.ID, PublicKey: []byte(k.Private.Public().(ed25519.PublicKey))})
	}
	return resp, nil
}

// IssueServiceToken implements AuthService.
func (s *Auth) IssueServiceToken(_ context.Context, req *authv1.IssueServiceTokenRequest) (*authv1.IssueServiceTokenResponse, error) {
	access, ttl, err := s.Access.ServiceToken(req.GetService(), req.GetSecret())
	if err != nil {
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

// Users implements UserService.
type Users struct {
	authv1.UnimplementedUserServiceServer
	Access     app.Access
	Colleagues app.Colleagues
}

// ListUsers implements UserService.
func (s *Users) ListUsers(ctx context.Context, req *authv1.ListUsersRequest) (*authv1.ListUsersResponse, error) {
	users, next, err := s.Access.ListUsers(ctx, int(req.GetPageSize()), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	resp := &authv1.ListUsersResponse{NextPageToken: next}
	for _, u := range users {
		resp.Users = append(resp.Users, userProto(u, s.Access.Regions.Table()))
	}
	return resp, nil
}

// CreateUser implements UserService.
func (s *Users) CreateUser(ctx context.Context, req *authv1.CreateUserRequest) (*authv1.CreateUserResponse, error) {
	user, err := s.Access.CreateUser(ctx, domain.NewUser{
		Username: req.GetUsername(), Password: req.GetPassword(), DisplayName: req.GetDisplayName(),
		Level: domain.RegionLevel(req.GetLevel()), Region: req.GetRegionCode(), Roles: rolesOf(req.GetRoles()),
	})
	if err != nil {
		return nil, err
	}
	return &authv1.CreateUserResponse{User: userProto(user, s.Access.Regions.Table())}, nil
}
