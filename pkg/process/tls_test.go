package process

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/pkg/token"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// authority signs certificates of processes on this machine.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	// serial is the newest certificate's.
	serial int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.key = a.newKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return key
}

// issue writes a new certificate, its key and the authority's own into a folder, as settings.
func (a *authority) issue(dir string) *Settings {
	a.t.Helper()
	a.serial++
	key := a.newKey()
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(a.serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	s := &Settings{TLSCert: filepath.Join(dir, "cert.pem"), TLSKey: filepath.Join(dir, "key.pem"), TLSCA: filepath.Join(dir, "ca.pem")}
	for file, block := range map[string]*pem.Block{
		s.TLSCert: {Type: "CERTIFICATE", Bytes: der}, s.TLSKey: {Type: "PRIVATE KEY", Bytes: keyDER}, s.TLSCA: {Type: "CERTIFICATE", Bytes: a.cert.Raw},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	return s
}

// serveTLS serves nothing but whether it is there.
func serveTLS(t *testing.T, s *Settings) (address string) {
	t.Helper()
	options, err := s.ServerOptions(slog.New(slog.NewTextHandler(io.Discard, nil)),
		func(context.Context) (token.Keys, error) { return nil, errors.New("none") },
		func(context.Context) (token.Revocations, error) { return nil, errors.New("none") })
	if err != nil {
		t.Fatal(err)
	}
	server, err := rpc.NewServer(options, func(grpc.ServiceRegistrar) {})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// reaches tells whether another process with the files is let in.
func reaches(t *testing.T, files *Settings, address string) error {
	t.Helper()
	s := &Settings{TLSCert: files.TLSCert, TLSKey: files.TLSKey, TLSCA: files.TLSCA}
	conn, err := s.Dial(address, rpc.Anonymous)
	if err != nil {
		t.Fatal(err)
	}
	_, err = healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{}, grpc.WaitForReady(false))
	if closeErr := s.Close(); closeErr != nil {
		t.Error(closeErr)
	}
	return err
}

func TestOnlyWhomTheAuthoritySignedIsLetIn(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	address := serveTLS(t, ours.issue(t.TempDir()))
	if err := reaches(t, ours.issue(t.TempDir()), address); err != nil {
		t.Error(err)
	}
	foreign := theirs.issue(t.TempDir())
	foreign.TLSCA = ours.issue(t.TempDir()).TLSCA
	anonymous := &Settings{TLSCA: foreign.TLSCA}
	deceived := ours.issue(t.TempDir())
	deceived.TLSCA = theirs.issue(t.TempDir()).TLSCA
	for name, s := range map[string]*Settings{
		"another authority's": foreign, "no certificate": anonymous, "no TLS": {}, "a client that trusts another authority": deceived,
	} {
		if err := reaches(t, s, address); err == nil {
			t.Errorf("%s: let in", name)
		}
	}
}

// presented is the serial number of the certificate that a server shows.
func presented(t *testing.T, s *Settings, address string) int64 {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(s.TLSCert, s.TLSKey)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", address, &tls.Config{
		Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"},
		InsecureSkipVerify: true, //nolint:gosec // looked at below
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing was sent
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// Neither a renewed certificate nor a new authority needs a restart.
func TestRenewedCertificatesAreUsed(t *testing.T) {
	ours, dir, clients := newAuthority(t), t.TempDir(), t.TempDir()
	address := serveTLS(t, ours.issue(dir))
	client := ours.issue(clients)
	before := presented(t, client, address)
	ours.issue(dir)
	if after := presented(t, client, address); after == before || after != ours.serial {
		t.Errorf("certificate %d after %d", after, before)
	}
	if err := reaches(t, client, address); err != nil {
		t.Error(err)
	}
	next := newAuthority(t)
	next.issue(dir)
	if err := reaches(t, client, address); err == nil {
		t.Error("let in by an authority that is no more")
	}
	next.issue(clients)
	if err := reaches(t, client, address); err != nil {
		t.Error(err)
	}
}

func TestFilesOfNoUseAreToldOfAtOnce(t *testing.T) {
	ours, other := newAuthority(t).issue(t.TempDir()), newAuthority(t).issue(t.TempDir())
	for name, s := range map[string]*Settings{
		"no such file":       {TLSCert: ours.TLSCert, TLSKey: filepath.Join(t.TempDir(), "none"), TLSCA: ours.TLSCA},
		"another's key":      {TLSCert: ours.TLSCert, TLSKey: other.TLSKey, TLSCA: ours.TLSCA},
		"no authority in it": {TLSCert: ours.TLSCert, TLSKey: ours.TLSKey, TLSCA: ours.TLSKey},
	} {
		if _, err := s.Dial("127.0.0.1:1", rpc.Anonymous); err == nil {
			t.Errorf("%s: taken", name)
		}
		if _, err := s.ServerOptions(slog.Default(), nil, nil); err == nil {
			t.Errorf("%s: served", name)
		}
	}
}
