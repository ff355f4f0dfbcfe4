package rpc

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"baoxue.internal/pkg/testkit"
)

// serveTLS serves nothing but whether it is there.
func serveTLS(t *testing.T, files testkit.TLSFiles) (address string) {
	t.Helper()
	transport, err := TLSFiles(files).Server()
	if err != nil {
		t.Fatal(err)
	}
	server, err := NewServer(ServerOptions{
		Log: slog.New(slog.DiscardHandler), Authenticator: authenticator{}, Credentials: transport,
	}, func(grpc.ServiceRegistrar) {})
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

// reaches tells whether a client with the files is let in.
func reaches(t *testing.T, files testkit.TLSFiles, address string) error {
	t.Helper()
	transport, err := TLSFiles(files).Client()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := Dial(address, ClientOptions{Token: Anonymous, Credentials: transport})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // a client's connection
	_, err = healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{}, grpc.WaitForReady(false))
	return err
}

func TestOnlyWhomTheAuthoritySignedIsLetIn(t *testing.T) {
	ours, theirs := testkit.NewAuthority(t), testkit.NewAuthority(t)
	address := serveTLS(t, ours.Issue(t.TempDir()))
	if err := reaches(t, ours.Issue(t.TempDir()), address); err != nil {
		t.Error(err)
	}
	foreign := theirs.Issue(t.TempDir())
	foreign.CA = ours.Issue(t.TempDir()).CA
	anonymous := testkit.TLSFiles{CA: foreign.CA}
	deceived := ours.Issue(t.TempDir())
	deceived.CA = theirs.Issue(t.TempDir()).CA
	for name, files := range map[string]testkit.TLSFiles{
		"another authority's": foreign, "no certificate": anonymous, "no TLS": {}, "a client that trusts another authority": deceived,
	} {
		if err := reaches(t, files, address); err == nil {
			t.Errorf("%s: let in", name)
		}
	}
}

// presented is the serial number of the certificate that a server shows.
func presented(t *testing.T, files testkit.TLSFiles, address string) int64 {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
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
	ours, dir, clients := testkit.NewAuthority(t), t.TempDir(), t.TempDir()
	address := serveTLS(t, ours.Issue(dir))
	client := ours.Issue(clients)
	before := presented(t, client, address)
	ours.Issue(dir)
	if after := presented(t, client, address); after == before || after != ours.Serial {
		t.Errorf("certificate %d after %d", after, before)
	}
	if err := reaches(t, client, address); err != nil {
		t.Error(err)
	}
	next := testkit.NewAuthority(t)
	next.Issue(dir)
	if err := reaches(t, client, address); err == nil {
		t.Error("let in by an authority that is no more")
	}
	next.Issue(clients)
	if err := reaches(t, client, address); err != nil {
		t.Error(err)
	}
}

// Whoever watches sees a certificate's end before it comes, and that of the one that replaced it.
func TestTheEndOfACertificateIsThatOfItsFile(t *testing.T) {
	ours, dir := testkit.NewAuthority(t), t.TempDir()
	files := TLSFiles(ours.Issue(dir))
	before, err := files.End()
	if left := time.Until(before); err != nil || left <= 59*time.Minute || left > time.Hour {
		t.Fatalf("%v left, %v", left, err)
	}
	if err := os.Remove(files.Cert); err != nil {
		t.Fatal(err)
	}
	if end, err := files.End(); err == nil {
		t.Errorf("no file, and it ends at %v", end)
	}
	ours.Issue(dir)
	if after, err := files.End(); err != nil || after.Before(before) {
		t.Errorf("%v after %v, %v", after, before, err)
	}
}

func TestFilesOfNoUseAreToldOfAtOnce(t *testing.T) {
	ours, other := testkit.NewAuthority(t).Issue(t.TempDir()), testkit.NewAuthority(t).Issue(t.TempDir())
	for name, files := range map[string]TLSFiles{
		"no such file":       {ours.Cert, filepath.Join(t.TempDir(), "none"), ours.CA},
		"another's key":      {ours.Cert, other.Key, ours.CA},
		"no authority in it": {ours.Cert, ours.Key, ours.Key},
	} {
		if _, err := files.Client(); err == nil {
			t.Errorf("%s: taken", name)
		}
		if _, err := files.Server(); err == nil {
			t.Errorf("%s: served", name)
		}
	}
}
