package systemtest

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// process is a program with its log, that may be killed and started again.
type process struct {
	t    *testing.T
	env  []string
	args []string
	log  string
	// end is the signal that asks it to end; 0 means SIGTERM.
	end syscall.Signal
	cmd *exec.Cmd
}

// lastOfLog is how many bytes of a program's log a failed test shows.
const lastOfLog = 8 << 10

// start runs a program until the test ends; its log is shown if the test fails.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, env: env, args: args, log: filepath.Join(t.TempDir(), "log")}
	t.Cleanup(p.stop)
	p.start()
	return p
}

func (p *process) start() {
	p.t.Helper()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close() //nolint:errcheck // the program has its own descriptor
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.cmd = cmd
}

// kill ends it as a loss of power does.
func (p *process) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	// It says that it was killed.
	_ = p.cmd.Wait()
}

// restart kills it and starts it again.
func (p *process) restart() {
	p.t.Helper()
	p.kill()
	p.start()
}

func (p *process) stop() {
	if p.cmd == nil {
		return
	}
	if err := p.cmd.Process.Signal(cmp.Or(p.end, syscall.SIGTERM)); err != nil {
		p.t.Error(err)
	}
	err := p.cmd.Wait()
	text, readErr := os.ReadFile(p.log)
	if err != nil || readErr != nil || p.t.Failed() {
		p.t.Errorf("%s: %v, %v\n%s", filepath.Base(p.args[0]), err, readErr, text[max(0, len(text)-lastOfLog):])
	}
}
