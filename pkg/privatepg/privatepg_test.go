package privatepg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("PRIVATEPG_OWNER_OF"); dir != "" {
		own(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// own is the life of a process that holds a cluster until it is killed.
func own(dir string) {
	c, err := Start(context.Background(), Options{DataDir: dir, Durable: os.Getenv("PRIVATEPG_DURABLE") != ""})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(c.Pid())
	// Ends with the test process, should that die first.
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// home makes a directory that the user postgres can reach; t.TempDir is closed to it.
func home(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "privatepg-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func start(t *testing.T, opts Options) *Cluster {
	t.Helper()
	opts.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	if opts.Settings == nil {
		opts.Settings = map[string]string{"shared_buffers": "16MB"}
	}
	c, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop(context.Background()) })
	return c
}

func stop(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func exec1(t *testing.T, c *Cluster, sql string) {
	t.Helper()
	if _, err := connect(t, c.DSN("postgres")).Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func query1(t *testing.T, c *Cluster, sql string) string {
	t.Helper()
	var answer string
	if err := connect(t, c.DSN("postgres")).QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// awaitExit waits for the end of a process that is not a child of this one.
func awaitExit(t *testing.T, pidfd int) {
	t.Helper()
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, -1)
		if err == nil {
			return
		}
		if !errors.Is(err, unix.EINTR) {
			t.Fatal(err)
		}
	}
}

func openPid(t *testing.T, pid int) int {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

func TestStartAndStop(t *testing.T) {
	data := filepath.Join(home(t), "deeper", "data")
	c := start(t, Options{DataDir: data})
	for setting, want := range map[string]string{
		"listen_addresses": "", "data_checksums": "on", "server_encoding": "UTF8", "lc_messages": "C",
		"max_connections": "200", "shared_buffers": "16MB", "fsync": "off", "TimeZone": "UTC",
		"max_parallel_workers_per_gather": strconv.Itoa(min(2, runtime.NumCPU()-1)),
	} {
		if got := query1(t, c, "SELECT current_setting('"+setting+"')"); got != want {
			t.Errorf("%s = %q, want %q", setting, got, want)
		}
	}
	if c.DataDirInUse() != data {
		t.Errorf("data in %s", c.DataDirInUse())
	}
	if group, err := syscall.Getpgid(c.Pid()); err != nil || group != c.Pid() {
		t.Errorf("postgres must not get the terminal's Ctrl-C: process group %d, %v", group, err)
	}
	if _, err := os.Stat(filepath.Join(c.BinDir(), "pg_dump")); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(c.socket)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("socket directory: %v, %v", info, err)
	}

	if _, err := Start(t.Context(), Options{DataDir: data}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second owner got %v", err)
	}

	stop(t, c)
	<-c.Done()
	if c.Err() != nil {
		t.Errorf("a stop that was asked for is no failure: %v", c.Err())
	}
	stop(t, c)
	if _, err := os.Stat(c.socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket directory stays: %v", err)
	}
}

func TestRestartKeepsData(t *testing.T) {
	opts := Options{DataDir: filepath.Join(home(t), "data"), Durable: true}
	c := start(t, opts)
	if got := query1(t, c, "SHOW fsync"); got != "on" {
		t.Errorf("fsync = %s", got)
	}
	exec1(t, c, "CREATE TABLE kept AS SELECT 'still here' AS word")
	stop(t, c)

	c = start(t, opts)
	if got := query1(t, c, "SELECT word FROM kept"); got != "still here" {
		t.Errorf("got %q", got)
	}
	stop(t, c)
	if _, err := os.Stat(c.LogFile() + ".1"); err != nil {
		t.Errorf("the log of the start before is kept: %v", err)
	}
}

func TestStartAfterPostgresWasKilled(t *testing.T) {
	opts := Options{DataDir: filepath.Join(home(t), "data"), Durable: true}
	c := start(t, opts)
	exec1(t, c, "CREATE TABLE kept AS SELECT 'still here' AS word")
	if err := syscall.Kill(c.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	if c.Err() == nil {
		t.Error("postgres died and nobody is told")
	}
	stop(t, c)

	c = start(t, opts)
	if got := query1(t, c, "SELECT word FROM kept"); got != "still here" {
		t.Errorf("got %q", got)
	}
}

func TestPostgresDiesWithItsOwner(t *testing.T) {
	for _, durable := range []string{"", "yes"} {
		t.Run("durable="+durable, func(t *testing.T) {
			data := filepath.Join(home(t), "data")
			owner := exec.CommandContext(t.Context(), os.Args[0])
			owner.Env = append(os.Environ(), "PRIVATEPG_OWNER_OF="+data, "PRIVATEPG_DURABLE="+durable)
			stdin, err := owner.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close() //nolint:errcheck // closed to end the child
			stdout, err := owner.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := owner.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(stdout).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(line))
			if err != nil {
				t.Fatalf("the owner said %q", line)
			}
			postgres := openPid(t, pid)
			socket, err := os.ReadFile(data + ".lock")
			if err != nil {
				t.Fatal(err)
			}

			if err := owner.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := owner.Wait(); err == nil {
				t.Fatal("the owner was to be killed")
			}
			// Started while the old postgres is still on its way out.
			start(t, Options{DataDir: data})
			awaitExit(t, postgres)
			if _, err := os.Stat(string(socket)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the dead owner's socket directory %q stays: %v", socket, err)
			}
		})
	}
}

func TestStartTakesOverAnOrphan(t *testing.T) {
	data := filepath.Join(home(t), "data")
	c := start(t, Options{DataDir: data})
	stop(t, c)

	cmd := exec.Command(filepath.Join(c.BinDir(), "postgres"), "-D", data, "-c", "listen_addresses=", "-k", data)
	c.account.prepare(cmd, data, 0)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.Contains(lines.Text(), "ready to accept connections") {
		t.Log(lines.Text())
	}

	start(t, Options{DataDir: data})
	if err := cmd.Wait(); err != nil {
		t.Errorf("the orphan was to be shut down in order: %v", err)
	}
}

func TestARecycledPidDoesNotBlock(t *testing.T) {
	data := filepath.Join(home(t), "data")
	c := start(t, Options{DataDir: data})
	stop(t, c)
	// The number of a living process which is no postgres, and not postgres's parent, which
	// postgres itself knows to ignore.
	other := exec.Command("cat")
	stdin, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(stdin.Close(), other.Wait()) }()
	pidFile := filepath.Join(data, "postmaster.pid")
	if err := os.WriteFile(pidFile, []byte(strconv.Itoa(other.Process.Pid)+"\n"+data+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.account.own(pidFile); err != nil {
		t.Fatal(err)
	}
	start(t, Options{DataDir: data})
}

func TestAHalfMadeDataDirIsReplaced(t *testing.T) {
	data := filepath.Join(home(t), "data")
	if err := os.MkdirAll(filepath.Join(data+".new", "base"), 0o700); err != nil {
		t.Fatal(err)
	}
	start(t, Options{DataDir: data})
	if _, err := os.Stat(data + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestADirOfSomethingElseIsNotTouched(t *testing.T) {
	data := filepath.Join(home(t), "data")
	precious := filepath.Join(data, "thesis.txt")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(precious, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Options{DataDir: data}); err == nil {
		t.Error("started in a directory with other files")
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

func TestStartFailureShowsTheLog(t *testing.T) {
	_, err := Start(t.Context(), Options{
		DataDir:  filepath.Join(home(t), "data"),
		Settings: map[string]string{"shared_buffers": "a lot"},
	})
	if err == nil || !strings.Contains(err.Error(), `invalid value for parameter "shared_buffers"`) {
		t.Fatalf("got %v", err)
	}
}

func TestStartElsewhereWhenUnreachable(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root runs postgres as another user")
	}
	closed, root := home(t), home(t)
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	opts := Options{DataDir: filepath.Join(closed, "data"), fallbackRoots: []string{filepath.Join(closed, "no"), root}}
	c := start(t, opts)
	if !strings.HasPrefix(c.DataDirInUse(), root+"/baoxue-") {
		t.Errorf("data in %s", c.DataDirInUse())
	}
	exec1(t, c, "CREATE TABLE kept AS SELECT 'still here' AS word")
	stop(t, c)
	c = start(t, opts)
	if got := query1(t, c, "SELECT word FROM kept"); got != "still here" {
		t.Errorf("got %q", got)
	}
}
