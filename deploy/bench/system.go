package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/deploy/standalone"
	"baoxue.internal/pkg/privatepg"
)

// system is the measured program with the PostgreSQL that it shares with the
// floors, so that both pay the same for a commit.
type system struct {
	dir     string
	cluster *privatepg.Cluster
	// ledger is the service's own database, to choose entries from and to run its
	// own query by pgbench.
	ledger  *pgxpool.Pool
	program *exec.Cmd
	ended   chan error
	http    string
	// grpc is the ledger's own address.
	grpc     string
	province *client
	// people are the counties' users.
	people map[string]*client
}

func startSystem(ctx context.Context, o options, dir string) (s *system, err error) {
	s = &system{dir: dir, people: map[string]*client{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if s.cluster, err = privatepg.Start(ctx, privatepg.Options{
		DataDir: filepath.Join(dir, "postgres"), Durable: true, Settings: map[string]string{"max_connections": "200"},
	}); err != nil {
		return s, err
	}
	if err := s.startProgram(ctx, o); err != nil {
		return s, err
	}
	if s.ledger, err = pgxpool.New(ctx, s.cluster.DSN("baoxue_ledger")); err != nil {
		return s, err
	}
	s.province, err = login(ctx, s.http, standalone.DemoUsers[0].Username, standalone.DemoPassword)
	return s, err
}

// startProgram starts `baoxue run` and waits until its log says ready.
func (s *system) startProgram(ctx context.Context, o options) error {
	log, err := os.Create(filepath.Join(s.dir, "baoxue.log"))
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // the program has its own descriptor
	data := filepath.Join(s.dir, "data")
	s.program = exec.CommandContext(ctx, o.baoxue, "run", "--demo", "--http", "127.0.0.1:0", "--data", data, //nolint:gosec // the operator says which
		"--database-url", s.cluster.DSN("postgres"))
	s.program.Stdout, s.program.Stderr = log, log
	s.program.Cancel = func() error { return s.program.Process.Signal(syscall.SIGTERM) }
	if err := s.program.Start(); err != nil {
		return err
	}
	s.ended = make(chan error, 1)
	go func() { s.ended <- s.program.Wait() }()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		text, err := os.ReadFile(filepath.Join(data, standalone.EndpointsFile))
		if err == nil {
			var e standalone.Endpoints
			if err := json.Unmarshal(text, &e); err != nil {
				return err
			}
			s.http, s.grpc = e.HTTP, e.GRPC["ledger"]
			return nil
		}
		select {
		case <-tick.C:
		case err := <-s.ended:
			s.ended <- err
			text, readErr := os.ReadFile(log.Name())
			return errors.Join(fmt.Errorf("%s ended: %w\n%s", o.baoxue, err, bytes.TrimSpace(text)), readErr)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *system) stop() error {
	var errs []error
	if s.ledger != nil {
		s.ledger.Close()
	}
	if s.ended != nil {
		if err := s.program.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			errs = append(errs, err)
		}
		if err := <-s.ended; err != nil {
			errs = append(errs, fmt.Errorf("the measured program: %w", err))
		}
	}
	if s.cluster != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		errs = append(errs, s.cluster.Stop(ctx))
	}
	return errors.Join(errs...)
}

// progress tells whoever waits what is being measured.
func progress(what string) { slog.Info("measuring", "what", what) }
