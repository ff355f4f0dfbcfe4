package process

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"

	"baoxue.internal/pkg/lifecycle"
)

// collectLater is by how much the heap may grow, in percent, before it is collected: little
// lives longer than the call it was made for, and at Go's 100 a quarter of the processors'
// time went into looking for it.
const collectLater = 300

// collectAt is the size, in bytes, from which on it is collected as often as it takes to stay
// there: what is put off is not to be paid for in memory.
const collectAt = 240 << 20

// Main parses the flags, runs until a signal and ends the process: 0 after an
// orderly stop, 2 for wrong settings, 1 for anything else.
func Main(f *Flags, args []string, run func(ctx context.Context, log *slog.Logger) error) {
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(0)
	case err != nil:
		fmt.Fprintf(os.Stderr, "%s: %v\n", f.set.Name(), err)
		os.Exit(2)
	}
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(collectLater)
		debug.SetMemoryLimit(collectAt)
	}
	ctx, stop := lifecycle.SignalContext()
	defer stop()
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil)).With("process", f.set.Name())
	hearLibraries(log)
	if err := run(ctx, log); err != nil {
		log.ErrorContext(ctx, "stopped", "error", err)
		os.Exit(1) //nolint:gocritic // nothing is left to be cleaned up after run
	}
}
