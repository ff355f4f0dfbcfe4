package server

import (
	"context"

	"baoxue.internal/pkg/rpc"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

// SetUpTotp implements AuthService.
func (s *Auth) SetUpTotp(ctx context.Context, _ *authv1.SetUpTotpRequest) (*authv1.SetUpTotpResponse, error) {
	secret, uri, err := s.Access.SetUpTotp(ctx, rpc.IdentityFrom(ctx).Subject)
	if err != nil {
		return nil, err
	}
	return &authv1.SetUpTotpResponse{Secret: secret, Uri: uri}, nil
}

// ConfirmTotp implements AuthService.
func (s *Auth) ConfirmTotp(ctx context.Context, req *authv1.ConfirmTotpRequest) (*authv1.ConfirmTotpResponse, error) {
	recovery, err := s.Access.ConfirmTotp(ctx, rpc.IdentityFrom(ctx).Subject, req.GetCode(), rpc.ClientAddress(ctx))
	if err != nil {
		s.Refusals.guarded(ctx, "totp.refused", "", err)
		return nil, err
	}
	return &authv1.ConfirmTotpResponse{RecoveryCodes: recovery}, nil
}

// TurnOffTotp implements AuthService.
func (s *Auth) TurnOffTotp(ctx context.Context, req *authv1.TurnOffTotpRequest) (*authv1.TurnOffTotpResponse, error) {
	if err := s.Access.TurnOffTotp(ctx, rpc.IdentityFrom(ctx).Subject, req.GetPassword(), req.GetCode(), rpc.ClientAddress(ctx)); err != nil {
		s.Refusals.guarded(ctx, "totp.refused", "", err)
		return nil, err
	}
	return &authv1.TurnOffTotpResponse{}, nil
}
