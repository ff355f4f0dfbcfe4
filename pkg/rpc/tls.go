package rpc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"time"

	"google.golang.org/grpc/credentials"
)

// TLSFiles are PEM files: a certificate with its key, and the authority that signs the certificates of all.
type TLSFiles struct{ Cert, Key, CA string }

// Server are the credentials of a server, nil without a certificate. With an authority only those are let in
// whom it signed.
func (f TLSFiles) Server() (credentials.TransportCredentials, error) {
	if f.Cert == "" {
		return nil, nil //nolint:nilnil // no certificate, no TLS: a Unix or loopback socket
	}
	return f.renewed()
}

// Client are the credentials of a client, nil without an authority.
func (f TLSFiles) Client() (credentials.TransportCredentials, error) {
	if f.CA == "" {
		return nil, nil //nolint:nilnil // no authority, no TLS: a Unix or loopback socket
	}
	return f.renewed()
}

// renewed fails at once on files that are of no use.
func (f TLSFiles) renewed() (credentials.TransportCredentials, error) {
	if _, err := f.read(); err != nil {
		return nil, err
	}
	return &renewed{credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS13}), f}, nil
}

// End is when the certificate, as it is in its file now, ends.
func (f TLSFiles) End() (time.Time, error) {
	pair, err := f.pair()
	if err != nil {
		return time.Time{}, err
	}
	return pair.Leaf.NotAfter, nil
}

func (f TLSFiles) pair() (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("TLS certificate: %w", err)
	}
	return pair, nil
}

func (f TLSFiles) read() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS13}
	if f.Cert != "" {
		pair, err := f.pair()
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if f.CA != "" {
		pem, err := os.ReadFile(f.CA)
		if err != nil {
			return nil, fmt.Errorf("TLS authority: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("TLS authority: no certificate in %s", f.CA)
		}
	}
	return config, nil
}

// renewed are credentials by the files as they are at each handshake: a certificate that is about to expire is
// renewed at night, by something that starts no process again. Connections live long, so that this is seldom.
type renewed struct {
	credentials.TransportCredentials
	files TLSFiles
}

// ClientHandshake implements credentials.TransportCredentials.
func (r *renewed) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	config, err := r.files.read()
	if err != nil {
		return nil, nil, err
	}
	return credentials.NewTLS(config).ClientHandshake(ctx, authority, conn)
}

// ServerHandshake implements credentials.TransportCredentials.
func (r *renewed) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	config, err := r.files.read()
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
	return &renewed{r.TransportCredentials.Clone(), r.files}
}
