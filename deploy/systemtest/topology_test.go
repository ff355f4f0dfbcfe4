// Package systemtest runs one suite against the whole system, once as one
// process and once as separate processes.
package systemtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"

	"baoxue.internal/deploy/standalone"
	"baoxue.internal/pkg/privatepg"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/pkg/testkit"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// system is a running Baoxue.
type system struct {
	http string
	grpc map[string]string
	// metrics is where each program that runs as a process of its own tells its figures.
	metrics map[string]string
	// keys is the key file, where the test owns it.
	keys string
	// data is the data folder of the one process.
	data string
	// programs are those that run as processes of their own.
	programs map[string]*process
	// cluster is PostgreSQL, where the test owns it, and databases what the names of
	// this system's begin with.
	cluster   *privatepg.Cluster
	databases string
	// tls is how the services are reached, where they want it.
	tls rpc.TLSFiles
	// run starts the programs of a system like this one.
	run func(*testing.T, *system)
}

// systems counts those that share the cluster of the test process.
var systems atomic.Int32

// databasesOf is what the names of a system's databases and roles begin with.
func databasesOf(system int32) string { return fmt.Sprintf("sys%d_", system) }

const password = standalone.DemoPassword

// oneProcess starts `baoxue run` within the test, on what its first start left.
func oneProcess(t *testing.T) *system {
	t.Helper()
	return runWithin(t, startedOnce(t), "")
}

// runWithin starts it on a data folder, and chooses the digest of the audit trails.
func runWithin(t *testing.T, data, auditDigest string) *system {
	t.Helper()
	ready := make(chan standalone.Endpoints, 1)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- standalone.Run(ctx, standalone.Options{
			HTTP: "127.0.0.1:0", Data: data, Demo: true, Log: quiet, AuditDigest: auditDigest,
			Ready: func(e standalone.Endpoints) { ready <- e },
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("standalone: %v", err)
		}
	})
	select {
	case e := <-ready:
		return &system{http: e.HTTP, grpc: e.GRPC, data: data}
	case err := <-done:
		done <- nil
		t.Fatalf("standalone did not start: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("standalone is not ready after a minute")
	}
	return nil
}

// openTemp is a folder that PostgreSQL's user can enter.
func openTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "baoxue-system-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// separate starts the five programs, against a PostgreSQL and a NATS server that they know
// only by address.
func separate(t *testing.T) *system {
	t.Helper()
	cluster := testkit.Postgres(t)
	return separateOn(t, cluster, broker(t).URL(), cluster.DSNAs)
}

// separateOn builds and starts the five programs; dsn is how a role reaches a database. They know settings of the
// environment beside those that any of them needs.
func separateOn(t *testing.T, cluster *privatepg.Cluster, broker string, dsn func(database, role string) string, settings ...string) *system {
	t.Helper()
	return separateWith(t, cluster, broker, dsn, rpc.TLSFiles{}, settings...)
}

// separateWith does so with certificates.
func separateWith(t *testing.T, cluster *privatepg.Cluster, broker string, dsn func(database, role string) string, tls rpc.TLSFiles, settings ...string) *system {
	t.Helper()
	bin := buildPrograms(t)
	s := &system{cluster: cluster, databases: databasesOf(systems.Add(1)), tls: tls, keys: filepath.Join(t.TempDir(), "master.json")}
	if _, err := seal.CreateMaster(s.keys, seal.AES); err != nil {
		t.Fatal(err)
	}
	for _, name := range services {
		if err := cluster.EnsureDatabase(testkit.Context(t), s.databases+name, s.databases+name); err != nil {
			t.Fatal(err)
		}
	}
	s.run = func(t *testing.T, s *system) {
		t.Helper()
		s.startPrograms(t, bin, broker, dsn, settings)
	}
	s.run(t, s)
	s.createUsers(t)
	return s
}

var services = []string{"regionauth", "ledger", "verification", "reporting"}

// startPrograms starts one of each at addresses of their own, and waits until they are there.
func (s *system) startPrograms(t *testing.T, bin, broker string, dsn func(database, role string) string, settings []string) {
	t.Helper()
	s.http, s.grpc, s.metrics, s.programs = "http://"+freeAddress(t), map[string]string{}, map[string]string{}, map[string]*process{}
	common := append(tlsEnvironment(s.tls), "BAOXUE_KEY_FILE="+s.keys, "BAOXUE_NATS_URL="+broker, "BAOXUE_SERVICE_SECRET=between-services", "BAOXUE_BOOTSTRAP_SECRET=first-user")
	common = append(common, settings...)
	for _, name := range services {
		s.grpc[name] = freeAddress(t)
		common = append(common, fmt.Sprintf("BAOXUE_%s=%s", upper(name), s.grpc[name]))
	}
	// Each program keeps its own, to be started again with.
	common = slices.Clip(common)
	program := func(name, listen string, more ...string) {
		s.metrics[name] = freeAddress(t)
		s.programs[name] = start(t, append(append(common, "BAOXUE_LISTEN="+listen, "BAOXUE_METRICS_LISTEN="+s.metrics[name]), more...), filepath.Join(bin, name))
	}
	for _, name := range services {
		program(name, s.grpc[name], "BAOXUE_DATABASE_URL="+dsn(s.databases+name, s.databases+name))
	}
	program("gateway", s.http[len("http://"):])
	// Each tells figures once its database is migrated.
	for _, address := range s.metrics {
		waitFor(t, "http://"+address+"/metrics")
	}
	waitFor(t, s.http+"/readyz")
}

// another starts a second instance of each program beside those that run.
func (s *system) another(t *testing.T) *system {
	t.Helper()
	other := *s
	s.run(t, &other)
	return &other
}

func tlsEnvironment(files rpc.TLSFiles) []string {
	return []string{"BAOXUE_TLS_CERT=" + files.Cert, "BAOXUE_TLS_KEY=" + files.Key, "BAOXUE_TLS_CA=" + files.CA}
}

// connect reaches a service until the test ends.
func (s *system) connect(t *testing.T, service string, source rpc.TokenSource) *grpc.ClientConn {
	t.Helper()
	transport, err := s.tls.Client()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := rpc.Dial(s.grpc[service], rpc.ClientOptions{Token: source, Credentials: transport})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return conn
}

func upper(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] -= 'a' - 'A'
	}
	return string(b)
}

// buildPrograms builds the five.
func buildPrograms(t *testing.T) string {
	t.Helper()
	return build(t, "baoxue.internal/services/ledger/cmd/ledger", "baoxue.internal/services/verification/cmd/verification",
		"baoxue.internal/services/regionauth/cmd/regionauth", "baoxue.internal/services/reporting/cmd/reporting",
		"baoxue.internal/gateway/cmd/gateway")
}

// The ports that nobody is given who asks for any: of the others, a connection between two programs
// could take one before the program that it is meant for.
const firstPort, lastPort = 15_000, 32_000

var givenPorts sync.Map

// freeAddress is one for a program that is yet to start.
func freeAddress(t *testing.T) string {
	t.Helper()
	for {
		port := firstPort + rand.IntN(lastPort-firstPort)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if _, given := givenPorts.LoadOrStore(port, true); !given {
			return l.Addr().String()
		}
	}
}

// waitFor asks until the address answers 200; the answers come as fast as the
// system starts.
func waitFor(t *testing.T, url string) {
	t.Helper()
	ctx := testkit.Context(t)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			if err := resp.Body.Close(); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s does not answer: %v", url, err)
		}
	}
}

// createUsers makes the same users as the demonstration has, from nothing.
func (s *system) createUsers(t *testing.T) {
	t.Helper()
	ctx := testkit.Context(t)
	conn := s.connect(t, "regionauth", rpc.Anonymous)
	auth := authv1.NewAuthServiceClient(conn)
	first := standalone.DemoUsers[0]
	if _, err := auth.Bootstrap(ctx, &authv1.BootstrapRequest{
		Secret: "first-user", Username: first.Username, Password: password, DisplayName: first.DisplayName,
	}); err != nil {
		t.Fatal(err)
	}
	administrator := s.login(t, first.Username)
	for _, u := range standalone.DemoUsers[1:] {
		if err := standalone.Enrol(ctx, conn, administrator, u, password); err != nil {
			t.Fatal(err)
		}
	}
	asFirst := s.dial(t, "regionauth", first.Username)
	regions, err := regionv1.NewRegionServiceClient(asFirst).ListRegions(ctx, &regionv1.ListRegionsRequest{Parent: "330000", AsOf: "2019-07-31", Recursive: true})
	if err != nil || len(regions.GetRegions()) != 11+89 {
		t.Fatalf("July 2019 has %d regions, %v", len(regions.GetRegions()), err)
	}
}

func decode(t *testing.T, body io.Reader, into any) {
	t.Helper()
	if err := json.NewDecoder(body).Decode(into); err != nil {
		t.Fatal(err)
	}
}
