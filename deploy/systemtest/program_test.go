package systemtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"baoxue.internal/deploy/standalone"
	"baoxue.internal/pkg/testkit"
)

// program is `baoxue run` as a process of its own, that may be killed and started again.
type program struct {
	system
	*process
}

// newProgram builds and starts it on a data folder of its own, as its first start left it.
func newProgram(t *testing.T, env ...string) *program {
	t.Helper()
	bin := build(t, "baoxue.internal/deploy/standalone/baoxue")
	data := startedOnce(t)
	p := &program{system: system{data: data}, process: &process{
		t: t, env: env, log: filepath.Join(data, "log"),
		args: []string{filepath.Join(bin, "baoxue"), "run", "--demo", "--http", "127.0.0.1:0", "--data", data},
	}}
	t.Cleanup(p.stop)
	p.start()
	return p
}

// start returns when the program says where it is.
func (p *program) start() {
	p.t.Helper()
	endpoints := filepath.Join(p.data, standalone.EndpointsFile)
	if err := os.RemoveAll(endpoints); err != nil {
		p.t.Fatal(err)
	}
	p.process.start()
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
