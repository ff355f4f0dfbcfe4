package systemtest

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"baoxue.internal/pkg/privatepg"
	"baoxue.internal/pkg/testkit"
)

// powerless is a PostgreSQL that may be killed. Whoever connects knows it by a name that
// stays when it starts again.
type powerless struct {
	t       *testing.T
	options privatepg.Options
	name    string
	cluster *privatepg.Cluster
}

func newPowerless(t *testing.T) *powerless {
	t.Helper()
	dir := openTemp(t)
	p := &powerless{t: t, options: privatepg.Options{DataDir: filepath.Join(dir, "postgres"), Durable: true}, name: filepath.Join(dir, "socket")}
	t.Cleanup(func() {
		// The test's own context has ended.
		if err := p.cluster.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	p.start()
	return p
}

func (p *powerless) start() {
	p.t.Helper()
	cluster, err := privatepg.Start(testkit.Context(p.t), p.options)
	if err != nil {
		p.t.Fatal(err)
	}
	p.cluster = cluster
	if err := os.RemoveAll(p.name); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Symlink(p.address("postgres", "postgres").Query().Get("host"), p.name); err != nil {
		p.t.Fatal(err)
	}
}

func (p *powerless) address(database, role string) *url.URL {
	p.t.Helper()
	u, err := url.Parse(p.cluster.DSNAs(database, role))
	if err != nil {
		p.t.Fatal(err)
	}
	return u
}

func (p *powerless) dsn(database, role string) string {
	u := p.address(database, role)
	q := u.Query()
	q.Set("host", p.name)
	u.RawQuery = q.Encode()
	return u.String()
}

// kill ends it as a loss of power does.
func (p *powerless) kill() {
	p.t.Helper()
	if err := syscall.Kill(p.cluster.Pid(), syscall.SIGKILL); err != nil {
		p.t.Fatal(err)
	}
	<-p.cluster.Done()
	// What it held is given up.
	if err := p.cluster.Stop(testkit.Context(p.t)); err != nil {
		p.t.Fatal(err)
	}
}

// restart kills it and starts it again.
func (p *powerless) restart() {
	p.t.Helper()
	p.kill()
	p.start()
}
