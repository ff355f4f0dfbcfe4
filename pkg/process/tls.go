package process

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"

	"google.golang.org/grpc/credentials"
)

// renewed are credentials by the files as they are at each handshake: a certificate that is about to expire is
// renewed at night, by something that starts no process again. Connections live long, so that this is seldom.
type renewed struct {
	credentials.TransportCredentials
	cert, key, authority string
}

// renewedFrom fails at once on files that are of no use; the key belongs to the certificate. With an authority,
// which signs the certificates of all, TLS is mutual.
func renewedFrom(cert, key, authority string) (credentials.TransportCredentials, error) {
	r := &renewed{credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS13}), cert, key, authority}
	_, err := r.read()
	return r, err
}

// ClientHandshake implements credentials.TransportCredentials.
func (r *renewed) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	config, err := r.read()
	if err != nil {
		return nil, nil, err
	}
	return credentials.NewTLS(config).ClientHandshake(ctx, authority, conn)
}

// ServerHandshake implements credentials.TransportCredentials.
func (r *renewed) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	config, err := r.read()
	if err != nil {
		return nil, nil, err
	}
	if config.RootCAs != nil {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, config.RootCAs
	}
	return credentials.NewTLS(config).ServerHandshake(conn)
}

// Clone implements credentials.TransportCredentials.
func (r *renewed) Clone() credentials.TransportCredentials {
	return &renewed{r.TransportCredentials.Clone(), r.cert, r.key, r.authority}
}

func (r *renewed) read() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS13}
	if r.cert != "" {
		pair, err := tls.LoadX509KeyPair(r.cert, r.key)
		if err != nil {
			return nil, fmt.Errorf("TLS certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if r.authority != "" {
		pem, err := os.ReadFile(r.authority)
		if err != nil {
			return nil, fmt.Errorf("TLS authority: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("TLS authority: no certificate in %s", r.authority)
		}
	}
	return config, nil
}
