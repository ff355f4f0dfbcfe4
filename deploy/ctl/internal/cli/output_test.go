package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

var errBroken = errors.New("the stream broke")

func says(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func breaks(w io.Writer) error {
	return errors.Join(says("half")(w), errBroken)
}

// There is the whole file or what was there before, and nothing beside it.
func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	var out bytes.Buffer
	c := &command{out: &out}
	path := filepath.Join(t.TempDir(), "entries.csv")
	if err := c.write(path, breaks); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is half a file: %v", err)
	}
	if err := c.write(path, says("one")); err != nil {
		t.Fatal(err)
	}
	if err := c.write(path, breaks); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	holds(t, path, "one")
	link := filepath.Join(filepath.Dir(path), "newest.csv")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := c.write(link, says("two")); err != nil {
		t.Fatal(err)
	}
	holds(t, path, "two")
	if to, err := os.Readlink(link); err != nil || to != path {
		t.Errorf("the link goes to %q, %v", to, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("who may read it: %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 2 {
		t.Errorf("beside it are %v, %v", left, err)
	}
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v", path, got, err)
	}
}

// A pipe is written to, and is still one then; only what was asked for is in it.
func TestWhatIsPipedIsThatAlone(t *testing.T) {
	var out, errs bytes.Buffer
	c := &command{out: &out, errs: &errs}
	if err := c.write(standardOutput, says("piped")); err != nil || out.String() != "piped" {
		t.Errorf("%q, %v", out.String(), err)
	}
	out.Reset()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		got, err := os.ReadFile(pipe)
		read <- string(got)
		if err != nil {
			t.Error(err)
		}
	}()
	if err := c.write(pipe, says("piped")); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "piped" || out.Len() > 0 {
		t.Errorf("read %q, said %q", got, out.String())
	}
	if info, err := os.Stat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("it is no pipe any more: %v, %v", info.Mode(), err)
	}
	if c.beside(standardOutput) != &errs || c.beside(pipe) != &errs || c.beside(filepath.Join(filepath.Dir(pipe), "x")) != &out {
		t.Error("what else there is to say would go into the pipe")
	}
	if err := c.write(filepath.Dir(pipe), says("x")); err == nil {
		t.Error("a folder was written to")
	}
}
