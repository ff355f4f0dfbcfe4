// Package hooks calls the addresses of other systems, and nothing else: an address that somebody
// typed in must not lead to what only this process can reach.
package hooks

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"code.dny.dev/ssrf"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"baoxue.internal/services/reporting/internal/app"
)

const (
	dialWithin = 5 * time.Second
	// Nothing of an answer but its status is of use.
	mostRead = 64 << 10
	// Idle connections to one host.
	keptOpen = 2
)

// Poster implements app.Poster.
type Poster struct {
	client   *http.Client
	guardian *ssrf.Guardian
}

// NewPoster calls public addresses, and those of the networks, which the operator of the system
// names. Roots are the certificate authorities; nil means the machine's.
func NewPoster(networks []netip.Prefix, roots *x509.CertPool) *Poster {
	var v4, v6 []netip.Prefix
	for _, n := range networks {
		if n.Addr().Is4() {
			v4 = append(v4, n)
		} else {
			v6 = append(v6, n)
		}
	}
	guardian := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	// Asked of the address that a name was resolved to, each time it is called.
	dialer := &net.Dialer{Timeout: dialWithin, Control: guardian.Safe}
	return &Poster{
		guardian: guardian,
		client: &http.Client{
			Transport: &http.Transport{
				// A proxy would resolve the name itself, and call what it likes.
				Proxy: nil, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
				TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: keptOpen, IdleConnTimeout: time.Minute,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Reachable refuses an address that must not be called.
func (p *Poster) Reachable(ip netip.Addr) error { return p.guardian.SafeAddr(ip) }

// Post implements app.Poster: signed as Standard Webhooks says.
func (p *Poster) Post(ctx context.Context, address, secret, id string, body []byte) error {
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return refused("签名密钥无效", err)
	}
	now := time.Now()
	signature, err := signer.Sign(id, now, body)
	if err != nil {
		return refused("签名失败", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return refused("接收地址无效", err)
	}
	req.Header.Set("Content-Type", "application/cloudevents-batch+json; charset=utf-8")
	req.Header.Set("User-Agent", "baoxue-webhook/1")
	req.Header.Set(standardwebhooks.HeaderWebhookID, id)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, fmt.Sprint(now.Unix()))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	resp, err := p.client.Do(req)
	if err != nil {
		return refused(reasonOf(err), err)
	}
	// Read, so that the connection can serve again.
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, mostRead))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return refused("应答不完整", err)
	}
	if resp.StatusCode/100 != 2 {
		return &app.RefusedError{
			Reason: fmt.Sprintf("对方应答 HTTP %d", resp.StatusCode), Gone: resp.StatusCode == http.StatusGone,
			Cause: fmt.Errorf("answered %s", resp.Status),
		}
	}
	return nil
}

// refused keeps the address out of the cause: it is sealed, and the cause is for the log.
func refused(reason string, cause error) error {
	if with, ok := errors.AsType[*url.Error](cause); ok {
		cause = with.Err
	}
	return &app.RefusedError{Reason: reason, Cause: cause}
}

// reasonOf tells what kind of failure it was, and nothing that lies behind an address.
func reasonOf(err error) string {
	var unknownAuthority x509.UnknownAuthorityError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork), errors.Is(err, ssrf.ErrProhibitedPort):
		return "系统不允许访问该地址"
	case errors.As(err, &certificate), errors.As(err, &unknownAuthority):
		return "对方的证书无效"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "连接或应答超时"
	}
	return "无法连接"
}
