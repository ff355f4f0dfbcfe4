package server

import (
	"context"

	"baoxue.internal/pkg/rpc"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

// GetSignOn implements AuthService.
func (s *Auth) GetSignOn(context.Context, *authv1.GetSignOnRequest) (*authv1.GetSignOnResponse, error) {
	return &authv1.GetSignOnResponse{Available: s.Access.SignOn != nil}, nil
}

// StartSignOn implements AuthService.
func (s *Auth) StartSignOn(ctx context.Context, _ *authv1.StartSignOnRequest) (*authv1.StartSignOnResponse, error) {
	url, state, err := s.Access.StartSignOn(ctx)
	if err != nil {
		return nil, err
	}
	return &authv1.StartSignOnResponse{AuthorizationUrl: url, State: state}, nil
}

// FinishSignOn implements AuthService.
func (s *Auth) FinishSignOn(ctx context.Context, req *authv1.FinishSignOnRequest) (*authv1.FinishSignOnResponse, error) {
	t, err := s.Access.FinishSignOn(ctx, req.GetState(), req.GetCode(), rpc.ClientAddress(ctx))
	if err != nil {
		s.Refusals.guarded(ctx, "login.refused", "", err)
		return nil, err
	}
	return &authv1.FinishSignOnResponse{
		AccessToken: t.Access, RefreshToken: t.Refresh, ExpiresIn: int32(t.ExpiresIn.Seconds()), User: userProto(t.User, s.Access.Regions.Table()),
	}, nil
}
