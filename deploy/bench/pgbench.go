package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// pgbench runs a script of SQL by PostgreSQL's own load generator, prepared.
func (s *system) pgbench(ctx context.Context, database, script string, clients int, span time.Duration) (pace, error) {
	dir, err := os.MkdirTemp(s.dir, "pgbench-")
	if err != nil {
		return pace{}, err
	}
	file := filepath.Join(dir, "script.sql")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return pace{}, err
	}
	to, err := pgx.ParseConfig(s.cluster.DSN(database))
	if err != nil {
		return pace{}, err
	}
	seconds := max(1, int(span.Seconds()))
	cmd := exec.CommandContext(ctx, filepath.Join(s.cluster.BinDir(), "pgbench"), //nolint:gosec // PostgreSQL's own
		"--no-vacuum", "--protocol=prepared", "--log", "--log-prefix="+filepath.Join(dir, "log"),
		"--client="+strconv.Itoa(clients), "--jobs="+strconv.Itoa(min(clients, 2)), "--time="+strconv.Itoa(seconds),
		"--file="+file, "--host="+to.Host, "--port="+strconv.Itoa(int(to.Port)), "--username="+to.User, database)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return pace{}, fmt.Errorf("pgbench: %w\n%s", err, bytes.TrimSpace(out))
	}
	rate, err := transactionRate(string(out))
	if err != nil {
		return pace{}, err
	}
	median, err := medianOf(dir)
	return pace{rate: rate, median: median}, err
}

// transactionRate reads the line "tps = 1234.5 (without initial connection time)".
func transactionRate(out string) (float64, error) {
	for line := range strings.Lines(out) {
		if rest, ok := strings.CutPrefix(line, "tps = "); ok {
			value, _, _ := strings.Cut(rest, " ")
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("pgbench tells no rate:\n%s", out)
}

// medianOf reads the transaction logs of a run: the third column is the time taken
// in microseconds. It answers milliseconds.
func medianOf(dir string) (float64, error) {
	logs, err := filepath.Glob(filepath.Join(dir, "log*"))
	if err != nil {
		return 0, err
	}
	var took []float64
	for _, name := range logs {
		text, err := os.ReadFile(name) //nolint:gosec // written by pgbench just now
		if err != nil {
			return 0, err
		}
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) < 3 {
				return 0, fmt.Errorf("pgbench's log has a line %q", lines.Text())
			}
			us, err := strconv.ParseFloat(fields[2], 64)
			if err != nil {
				return 0, err
			}
			took = append(took, us/1000)
		}
	}
	if len(took) == 0 {
		return 0, errors.New("pgbench made no transaction")
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// best is the highest rate that pgbench reaches with 8, 16 or 32 clients.
func (s *system) best(ctx context.Context, database, script string, span time.Duration) (float64, error) {
	best := 0.0
	for _, clients := range []int{8, 16, 32} {
		p, err := s.pgbench(ctx, database, script, clients, span)
		if err != nil {
			return 0, err
		}
		best = max(best, p.rate)
	}
	return best, nil
}
