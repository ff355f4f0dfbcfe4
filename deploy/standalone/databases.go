package standalone

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/privatepg"
)

var serviceNames = []string{"regionauth", "ledger", "verification", "reporting"}

// databases are the services' databases, one each.
type databases struct {
	urls    map[string]string
	cluster *privatepg.Cluster
}

func openDatabases(ctx context.Context, o Options) (*databases, error) {
	if o.DatabaseURL != "" {
		return externalDatabases(ctx, o.DatabaseURL)
	}
	cluster, err := privatepg.Start(ctx, privatepg.Options{DataDir: filepath.Join(o.Data, "postgres"), Log: o.Log, Durable: true})
	if err != nil {
		return nil, err
	}
	d := &databases{urls: map[string]string{}, cluster: cluster}
	for _, name := range serviceNames {
		if err := cluster.EnsureDatabase(ctx, "baoxue_"+name, name); err != nil {
			return nil, fmt.Errorf("database of %s: %w", name, joinClose(err, d))
		}
		d.urls[name] = cluster.DSNAs("baoxue_"+name, name)
	}
	return d, nil
}

func joinClose(err error, d *databases) error {
	if e := d.close(); e != nil {
		return fmt.Errorf("%w (and %w)", err, e)
	}
	return err
}

// externalDatabases makes one database a service in an existing cluster, all
// used by the one user that the address names: roles are the administrator's
// business there.
func externalDatabases(ctx context.Context, address string) (*databases, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return nil, fmt.Errorf("--database-url must be of the form postgres://user@host/database")
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("external PostgreSQL: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // only good-bye
	d := &databases{urls: map[string]string{}}
	for _, name := range serviceNames {
		database := "baoxue_" + name
		var exists bool
		if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, database).Scan(&exists); err != nil {
			return nil, fmt.Errorf("external PostgreSQL: %w", err)
		}
		if !exists {
			if _, err := conn.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{database}.Sanitize()); err != nil {
				return nil, fmt.Errorf("external PostgreSQL: creating %s: %w", database, err)
			}
		}
		own := *u
		own.Path = "/" + database
		d.urls[name] = own.String()
	}
	return d, nil
}

// watch ends the process when the private PostgreSQL dies by itself.
func (d *databases) watch() lifecycle.Component {
	return lifecycle.Component{Name: "postgres", Run: func(ctx context.Context, ready func()) error {
		ready()
		if d.cluster == nil {
			<-ctx.Done()
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.cluster.Done():
			return fmt.Errorf("PostgreSQL stopped by itself, see %s: %w", d.cluster.LogFile(), d.cluster.Err())
		}
	}}
}

func (d *databases) close() error {
	if d.cluster == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return d.cluster.Stop(ctx)
}
