package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"log"
	"log/slog"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/grpclog"
)

// Whoever reads the log reads JSON, whichever library has something to say; that a page was closed is not worth
// a line.
func TestLibrariesWriteToTheLogOfTheProcess(t *testing.T) {
	var written bytes.Buffer
	before := slog.Default()
	hearLibraries(slog.New(slog.NewJSONHandler(&written, nil)))
	t.Cleanup(func() {
		slog.SetDefault(before)
		log.SetOutput(os.Stderr)
	})
	log.Print("http: TLS handshake error")
	grpclog.Errorf("Failed to write response: %v", errors.New("no space"))
	grpclog.Errorf("Failed to write response: %v", &os.SyscallError{Syscall: "write", Err: syscall.EPIPE})
	grpclog.Info("not asked for")

	type line struct{ Level, Msg, Error string }
	var got []line
	for decoder := json.NewDecoder(&written); decoder.More(); {
		var l line
		if err := decoder.Decode(&l); err != nil {
			t.Fatalf("not JSON: %v", err)
		}
		got = append(got, l)
	}
	want := []line{{"WARN", "http: TLS handshake error", ""}, {"WARN", "gRPC", "Failed to write response: no space"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
