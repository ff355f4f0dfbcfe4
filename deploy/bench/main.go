// Bench measures Baoxue as a whole: `make bench`. Every figure stands beside a
// floor taken in the same run on the same machine, because only their ratio means
// anything on another one. Nothing is asserted here: floors to reach are in the
// READMEs of the services.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"
)

type options struct {
	baoxue  string
	rows    int
	loaded  int
	clients int
	span    time.Duration
	only    string
}

const clientGC = 1000

func main() {
	var o options
	flag.StringVar(&o.baoxue, "baoxue", ".bin/baoxue", "the program to measure")
	flag.IntVar(&o.rows, "rows", 150_000, "rows of the ledger that is imported: with fewer, not all can be measured")
	flag.IntVar(&o.loaded, "loaded", 0, "rows that are there before anything is measured")
	flag.IntVar(&o.clients, "clients", 16, "clients at once, where many are measured")
	flag.DurationVar(&o.span, "span", 5*time.Second, "how long each rate is measured")
	flag.StringVar(&o.only, "only", "", "measure only the import and these, with commas between: progress, list, lookup, save, export")
	flag.Parse()
	// What it throws away while it calls is collected rarely: what a client costs is measured along with the program.
	debug.SetGCPercent(clientGC)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // the signal handler ends with the process
	}
}

func run(ctx context.Context, o options) (err error) {
	// PostgreSQL's user has to be able to enter.
	dir, err := os.MkdirTemp("", "baoxue-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // said above
		return err
	}
	s, err := startSystem(ctx, o, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.load(ctx, o.loaded); err != nil {
		return err
	}
	var results []result
	for _, m := range []struct {
		name string
		take func(context.Context, *system, options) ([]result, error)
	}{
		{"import", measureImport}, {"progress", measureProgress}, {"list", measureList}, {"lookup", measureLookup}, {"save", measureSave}, {"export", measureExport},
	} {
		// Everything is measured on what was imported.
		if o.only != "" && m.name != "import" && !slices.Contains(strings.Split(o.only, ","), m.name) {
			continue
		}
		r, err := m.take(ctx, s, o)
		results = append(results, r...)
		if errors.Is(err, errUsedUp) {
			leaveOut("the rest of " + m.name)
			continue
		}
		if err != nil {
			// What was measured before is worth the time it took.
			return errors.Join(err, report(os.Stdout, o, results))
		}
	}
	return report(os.Stdout, o, results)
}
