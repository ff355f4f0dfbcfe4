package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"time"
)

const (
	// A second in which the program works for less than this is quiet: in the kernel's
	// hundredths of a second.
	quiet = 5
	// quietFor is how many such seconds in a row mean that nothing is left to be told.
	quietFor = 3
)

// settle waits until the measured program has told everybody of what was imported: else that
// is measured, too.
func (s *system) settle(ctx context.Context) error {
	was, err := worked(s.program.Process.Pid)
	if err != nil {
		return err
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for calm := 0; calm < quietFor; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		now, err := worked(s.program.Process.Pid)
		if err != nil {
			return err
		}
		if calm++; now-was >= quiet {
			calm = 0
		}
		was = now
	}
	return nil
}

// worked is how long a process has kept a processor busy, in hundredths of a second.
func worked(pid int) (int, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// Behind the name, which may have spaces, in brackets: state is the first field.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("the kernel tells %q", stat)
	}
	user, err := strconv.Atoi(string(fields[11]))
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(string(fields[12]))
	return user + system, err
}
