package systemtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"baoxue.internal/deploy/standalone"
	"baoxue.internal/pkg/testkit"
)

// program is `baoxue run` as a process of its own, that may be killed and started again.
type program struct {
	system
	t      *testing.T
	binary string
	cmd    *exec.Cmd
}

// newProgram builds and starts it on a data folder of its own.
func newProgram(t *testing.T) *program {
	t.Helper()
	bin := build(t, "baoxue.internal/deploy/standalone/baoxue")
	p := &program{t: t, binary: filepath.Join(bin, "baoxue"), system: system{data: openTemp(t)}}
	t.Cleanup(p.stop)
	p.start()
	return p
}

func (p *program) start() {
	p.t.Helper()
	endpoints := filepath.Join(p.data, standalone.EndpointsFile)
	if err := os.RemoveAll(endpoints); err != nil {
		p.t.Fatal(err)
	}
	log, err := os.OpenFile(filepath.Join(p.data, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close() //nolint:errcheck // the program has its own descriptor
	p.cmd = exec.Command(p.binary, "run", "--demo", "--http", "127.0.0.1:0", "--data", p.data)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx := testkit.Context(p.t); ; {
		if text, err := os.ReadFile(endpoints); err == nil {
			var e standalone.Endpoints
			if err := json.Unmarshal(text, &e); err != nil {
				p.t.Fatal(err)
			}
			p.http, p.grpc = e.HTTP, e.GRPC
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatal("the program is not ready")
		}
	}
}

func (p *program) asProvince() overREST {
	p.t.Helper()
	return overREST{p.t, p.http, p.login(p.t, "zhejiang")}
}

// kill ends it as a loss of power does.
func (p *program) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	// It says that it was killed.
	_ = p.cmd.Wait()
}

func (p *program) stop() {
	if p.cmd == nil {
		return
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Error(err)
	}
	err := p.cmd.Wait()
	text, readErr := os.ReadFile(filepath.Join(p.data, "log"))
	if err != nil || readErr != nil || p.t.Failed() {
		p.t.Errorf("baoxue: %v, %v\n%s", err, readErr, text[max(0, len(text)-lastOfLog):])
	}
}

// peak is the greatest memory that the program has had, in MB. PostgreSQL is none of its own.
func (p *program) peak() int {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			kilobytes, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
			if err != nil {
				p.t.Fatal(err)
			}
			return kilobytes >> 10
		}
	}
	p.t.Fatal("the kernel tells no peak of memory")
	return 0
}
