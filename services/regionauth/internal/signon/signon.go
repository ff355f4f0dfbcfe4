// Package signon is single sign-on by OpenID Connect: authorization code with
// PKCE, against one provider.
package signon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"baoxue.internal/services/regionauth/internal/app"
)

// Config says which provider, and who we are there.
type Config struct {
	Issuer, ClientID, ClientSecret, RedirectURL string
	// Claim of the identity token that tells who somebody is; empty means sub.
	Claim string
}

// answerWithin bounds a call to the provider.
const answerWithin = 10 * time.Second

// Provider implements app.SignOnProvider.
type Provider struct {
	config Config
	client *http.Client

	// found is nil until the provider was reached; those who need it at once look for it together.
	found   atomic.Pointer[oidc.Provider]
	looking singleflight.Group
}

// New returns a provider. It is looked for when it is needed: it may be down when
// we start.
func New(c Config) (*Provider, error) {
	if c.ClientID == "" || c.RedirectURL == "" {
		return nil, errors.New("single sign-on needs --oidc-client-id and --oidc-redirect-url")
	}
	c.Claim = cmp.Or(c.Claim, "sub")
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: answerWithin, IdleConnTimeout: time.Minute}
	return &Provider{config: c, client: &http.Client{Transport: transport, Timeout: answerWithin}}, nil
}

// Close gives up idle connections.
func (p *Provider) Close() { p.client.CloseIdleConnections() }

func (p *Provider) discover(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	found, err := p.look(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", app.ErrProviderUnavailable, err)
	}
	return found, &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, RedirectURL: p.config.RedirectURL,
		Endpoint: found.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "profile"},
	}, nil
}

// look asks a provider that hangs once for everybody, and keeps nobody beyond their own deadline.
func (p *Provider) look(ctx context.Context) (*oidc.Provider, error) {
	if found := p.found.Load(); found != nil {
		return found, nil
	}
	asked := p.looking.DoChan("", func() (any, error) {
		// The provider keeps the context to fetch its keys later.
		found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.config.Issuer)
		if err == nil {
			p.found.Store(found)
		}
		return found, err
	})
	select {
	case answer := <-asked:
		if answer.Err != nil {
			return nil, answer.Err
		}
		return p.found.Load(), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// AuthorizationURL implements app.SignOnProvider.
func (p *Provider) AuthorizationURL(ctx context.Context, state, nonce, verifier string) (string, error) {
	_, config, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), nil
}

// Exchange implements app.SignOnProvider.
func (p *Provider) Exchange(ctx context.Context, code, verifier string) (person, nonce string, err error) {
	provider, config, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	tokens, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response.StatusCode < http.StatusInternalServerError {
			return "", "", fmt.Errorf("code refused: %w", err)
		}
		return "", "", fmt.Errorf("%w: %w", app.ErrProviderUnavailable, err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return "", "", errors.New("no identity token")
	}
	id, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: p.config.ClientID}).Verify(ctx, raw)
	if err != nil {
		return "", "", fmt.Errorf("identity token: %w", err)
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return "", "", fmt.Errorf("identity token: %w", err)
	}
	person, _ = claims[p.config.Claim].(string)
	if person == "" {
		return "", "", fmt.Errorf("identity token has no claim %q", p.config.Claim)
	}
	return person, id.Nonce, nil
}
