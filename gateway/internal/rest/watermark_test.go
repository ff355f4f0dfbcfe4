package rest_test

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"baoxue.internal/gateway/internal/rest"
)

// Whoever runs the system decides whether pages bear the user's name; the page reads it in its
// own head, which has the mark that is replaced.
func TestTheWatermarkIsAMatterOfConfiguration(t *testing.T) {
	const on, off = `name="baoxue-watermark" content="on"`, `name="baoxue-watermark" content="off"`
	conn, err := grpc.NewClient("passthrough:///nobody", grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	source, err := os.ReadFile("../../web/index.html")
	if err != nil || !strings.Contains(string(source), on) {
		t.Fatalf("the page's source has no mark to replace: %v", err)
	}
	for _, without := range []bool{false, true} {
		handler, err := rest.New(rest.Config{
			RegionAuth: conn, Ledger: conn, Verification: conn, Reporting: conn, Log: slog.New(slog.DiscardHandler),
			Bundle: fstest.MapFS{"index.html": {Data: source}}, NoWatermark: without,
		})
		if err != nil {
			t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest("GET", "/entries", nil))
		body, err := io.ReadAll(answer.Result().Body)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), off) != without {
			t.Errorf("without %v: %s", without, body)
		}
	}
}
