package systemtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"baoxue.internal/deploy/standalone"
	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/testkit"
)

// shelf holds what is made once for all tests of this process: the programs, and what a first start leaves.
var shelf *lifecycle.Scratch

// withShelf runs the tests.
func withShelf(m *testing.M) {
	var err error
	if shelf, err = lifecycle.OpenScratch(""); err == nil {
		// PostgreSQL's user has to pass.
		err = os.Chmod(shelf.Dir, 0o755)
	}
	if err != nil {
		panic(err)
	}
	testkit.Main(m, goleak.Cleanup(func(code int) {
		if err := shelf.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
		os.Exit(code)
	}))
}

// build builds those of the programs that no test before has, and returns their folder.
func build(t *testing.T, packages ...string) string {
	t.Helper()
	bin := filepath.Join(shelf.Dir, "bin")
	missing := slices.DeleteFunc(slices.Clone(packages), func(program string) bool {
		_, err := os.Stat(filepath.Join(bin, path.Base(program)))
		return err == nil
	})
	if len(missing) == 0 {
		return bin
	}
	cmd := exec.Command("go", append([]string{"build", "-o", bin + "/"}, missing...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return bin
}

// startedOnce is a data folder as the first start of `baoxue run` with its demonstration data leaves it. Most of that
// start is making a cluster, four databases and users' passwords: each test has a copy of the same.
func startedOnce(t *testing.T) string {
	t.Helper()
	first, err := firstStart()
	if err != nil {
		t.Fatalf("the first start: %v", err)
	}
	data := openTemp(t)
	// It keeps the owner, whom PostgreSQL insists on.
	if out, err := exec.Command("cp", "-a", first+"/.", data).CombinedOutput(); err != nil {
		t.Fatalf("copying the data folder: %v\n%s", err, out)
	}
	return data
}

var firstStart = sync.OnceValues(func() (data string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ready := false
	data = filepath.Join(shelf.Dir, "data")
	err = standalone.Run(ctx, standalone.Options{
		HTTP: "127.0.0.1:0", Data: data, Demo: true, Log: quiet,
		Ready: func(standalone.Endpoints) {
			ready = true
			cancel()
		},
	})
	if err == nil && !ready {
		err = errors.New("not ready after a minute")
	}
	return data, err
})
