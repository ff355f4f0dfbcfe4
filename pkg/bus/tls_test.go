package bus_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/testkit"
)

// secureBroker lets in whom the authority signed.
func secureBroker(t *testing.T, authority *testkit.Authority) (url string) {
	t.Helper()
	own := authority.Certify(&x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
		TLS: true, TLSVerify: true, TLSTimeout: 5,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{own}, ClientCAs: authority.Pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("no broker")
	}
	return "tls://" + strings.TrimPrefix(strings.TrimPrefix(s.ClientURL(), "nats://"), "tls://")
}

// A broker of the department's own authority, which lets in nobody without a certificate.
func TestEventsGoOverMutualTLS(t *testing.T) {
	ours := testkit.NewAuthority(t)
	url := secureBroker(t, ours)
	own, foreign := ours.Issue(t.TempDir()), testkit.NewAuthority(t).Issue(t.TempDir())
	connect := func(ca, cert, key string) (*bus.Bus, error) {
		return bus.Connect(testkit.Context(t), bus.Options{URL: url, CA: ca, Cert: cert, Key: key, Name: "test", Log: quiet})
	}
	b, err := connect(own.CA, own.Cert, own.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if sequence := publish(t, b, "one"); sequence != 1 {
		t.Errorf("position %d", sequence)
	}
	for name, files := range map[string]testkit.TLSFiles{
		"no certificate": {CA: own.CA}, "another authority's": {Cert: foreign.Cert, Key: foreign.Key, CA: own.CA},
		"a client that trusts another authority": {Cert: own.Cert, Key: own.Key, CA: foreign.CA},
	} {
		if stranger, err := connect(files.CA, files.Cert, files.Key); err == nil {
			stranger.Close()
			t.Errorf("%s: let in", name)
		}
	}
}
