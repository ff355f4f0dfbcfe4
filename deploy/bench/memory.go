package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// forgetPeak has the kernel measure a process's greatest memory from now on.
func forgetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0o600)
}

// memory reads a figure of a process's resident memory, in MB: VmRSS or VmHWM, its peak.
func memory(pid int, figure string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		name, rest, ok := bytes.Cut(line, []byte(":"))
		fields := bytes.Fields(rest)
		if !ok || string(name) != figure || len(fields) == 0 {
			continue
		}
		kilobytes, err := strconv.Atoi(string(fields[0]))
		return float64(kilobytes) / 1024, err
	}
	return 0, fmt.Errorf("no %s of process %d", figure, pid)
}
