// Package pg holds what every service needs to work with PostgreSQL through pgx: the pool,
// transactions that are tried again when PostgreSQL asks for it, migrations, and questions about
// errors.
package pg

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DefaultMaxConns is the size of a pool when neither Options nor the address names one. A
// saturated PostgreSQL gets slower, not faster, with more than a few sessions per core.
const DefaultMaxConns = 16

// Options say how a pool behaves; the zero value is fit for a service. What is set here wins over
// parameters of the address (pool_max_conns, application_name and so on).
type Options struct {
	// MaxConns and MinConns bound the number of connections.
	MaxConns, MinConns int32
	// AppName is shown in pg_stat_activity.
	AppName string
	// Tracer, if any, sees every query.
	Tracer pgx.QueryTracer
}

// usual are settings of sessions, where the address has no others.
var usual = map[string]string{
	// Many of our statements look dear to the planner, since tables are large, and read
	// little: compiling one takes longer than running it.
	"jit": "off",
	// Whose process is frozen, or cut off by the network, holds its locks no longer than this. The client
	// cancels what its context bounds, but not then. A close waits for its events in a transaction, up to
	// two minutes.
	"idle_in_transaction_session_timeout": "10min",
	"tcp_keepalives_idle":                 "60",
	"tcp_keepalives_interval":             "10",
	"tcp_keepalives_count":                "6",
}

// Open makes a pool and waits for a first connection. Sessions work in UTC, without
// compiled expressions, and end when their client is gone.
func Open(ctx context.Context, dsn string, opts Options) (*pgxpool.Pool, error) {
	config, err := opts.config(dsn)
	if err != nil {
		// The driver masks the password in what it repeats of the address.
		return nil, fmt.Errorf("database address: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("make connection pool: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	return pool, nil
}

func (o Options) config(dsn string) (*pgxpool.Config, error) {
	// The pool's own parser does not tell a size that was given from its default.
	given, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	if _, sized := given.RuntimeParams["pool_max_conns"]; !sized {
		config.MaxConns = DefaultMaxConns
	}
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	if o.MinConns > 0 {
		config.MinConns = o.MinConns
	}
	// Connections made together would otherwise all be replaced together.
	config.MaxConnLifetimeJitter = config.MaxConnLifetime / 10
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error { return prepare(ctx, conn, given.RuntimeParams) }
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectWithin
	}
	config.ConnConfig.DialFunc = dialer(config.ConnConfig.ConnectTimeout).DialContext
	config.ConnConfig.Tracer = o.Tracer
	params := config.ConnConfig.RuntimeParams
	params["timezone"] = "UTC"
	if o.AppName != "" {
		params["application_name"] = o.AppName
	}
	return config, nil
}

// Connect makes a connection like those of a pool, and apart from them.
func Connect(ctx context.Context, like *pgxpool.Pool) (*pgx.Conn, error) {
	config := like.Config()
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	if err := config.AfterConnect(ctx, conn); err != nil {
		return nil, errors.Join(fmt.Errorf("connect to the database: %w", err), conn.Close(context.WithoutCancel(ctx)))
	}
	return conn, nil
}

// prepare makes a new connection ours. Its settings are made once it is there: a pooler between may refuse those
// that come with the connection.
func prepare(ctx context.Context, conn *pgx.Conn, given map[string]string) error {
	registerUUIDs(conn)
	batch := &pgx.Batch{}
	var settings []Setting
	for name, value := range usual {
		if _, set := given[name]; !set {
			settings = append(settings, Setting{name, value})
		}
	}
	queueSettings(batch, settings, false)
	return conn.SendBatch(ctx, batch).Close()
}
