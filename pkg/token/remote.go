package token

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"baoxue.internal/pkg/rpc"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

// FromService is the key source of every process but the one that signs.
func FromService(conn grpc.ClientConnInterface) KeySource {
	client := authv1.NewAuthServiceClient(conn)
	return func(ctx context.Context) (Keys, error) {
		resp, err := client.ListSigningKeys(ctx, &authv1.ListSigningKeysRequest{})
		if err != nil {
			return nil, err
		}
		keys := make(Keys, len(resp.GetKeys()))
		for _, k := range resp.GetKeys() {
			if len(k.GetPublicKey()) != ed25519.PublicKeySize {
				return nil, fmt.Errorf("signing key %q has %d bytes", k.GetId(), len(k.GetPublicKey()))
			}
			keys[k.GetId()] = ed25519.PublicKey(k.GetPublicKey())
		}
		return keys, nil
	}
}

// RevocationsFromService is the revocation source of every process but the one
// that signs; conn calls in the service's own name.
func RevocationsFromService(conn grpc.ClientConnInterface) RevocationSource {
	client := authv1.NewAuthServiceClient(conn)
	return func(ctx context.Context) (Revocations, error) {
		resp, err := client.ListRevocations(ctx, &authv1.ListRevocationsRequest{})
		if err != nil {
			return nil, err
		}
		known := make(Revocations, len(resp.GetRevocations()))
		for _, r := range resp.GetRevocations() {
			known[r.GetSubject()] = r.GetIssuedBeforeTime().AsTime()
		}
		return known, nil
	}
}

// issued is a token of one of Baoxue's own services.
type issued struct {
	raw string
	ttl time.Duration
}

// AsService returns the token source of one of Baoxue's own services: it trades
// the shared secret for a short token and renews it in time.
func AsService(conn grpc.ClientConnInterface, service, secret string) rpc.TokenSource {
	client := authv1.NewAuthServiceClient(conn)
	current := &kept[issued]{
		now: time.Now,
		source: func(ctx context.Context) (issued, error) {
			resp, err := client.IssueServiceToken(ctx, &authv1.IssueServiceTokenRequest{Service: service, Secret: secret})
			return issued{resp.GetAccessToken(), time.Duration(resp.GetExpiresIn()) * time.Second}, err
		},
		old:  func(t issued, age time.Duration) bool { return age >= t.ttl*3/4 },
		dead: func(t issued, age time.Duration) bool { return age >= t.ttl-clockSkew },
	}
	return func(ctx context.Context) (string, error) {
		token, err := current.get(ctx)
		if err != nil {
			return "", fmt.Errorf("service token for %s: %w", service, err)
		}
		return token.raw, nil
	}
}
