package rest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const shortPatience = 50 * time.Millisecond

// begin sends a request and leaves it to the caller to go on.
func begin(t *testing.T, front *httptest.Server, request string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

func serveMoving(t *testing.T, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	front := httptest.NewServer(moving(shortPatience, handle))
	t.Cleanup(front.Close)
	return front
}

func TestADownloadThatStandsStillEnds(t *testing.T) {
	ended := make(chan error, 1)
	front := serveMoving(t, func(w http.ResponseWriter, _ *http.Request) {
		piece := make([]byte, 1<<20)
		for {
			if _, err := w.Write(piece); err != nil {
				ended <- err
				return
			}
		}
	})
	begin(t, front, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if err := <-ended; err == nil {
		t.Error("it was taken")
	}
}

// Whether it is read or not: who has sent half of something is answered, and nothing waits for the rest.
func TestAnUploadThatStandsStillEnds(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"read": func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.ReadAll(r.Body); err == nil {
				t.Error("it was whole")
			}
			w.WriteHeader(http.StatusBadRequest)
		},
		"refused": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) },
	} {
		t.Run(name, func(t *testing.T) {
			conn := begin(t, serveMoving(t, handle), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
			if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			answers := bufio.NewReader(conn)
			resp, err := http.ReadResponse(answers, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusBadRequest {
				t.Error(resp.StatusCode, err)
			}
			if _, err := answers.ReadByte(); !errors.Is(err, io.EOF) {
				t.Errorf("the connection goes on: %v", err)
			}
		})
	}
}

// Who waits for us, between requests or for an answer, does not stand still.
func TestOurOwnTimeIsNoClients(t *testing.T) {
	pause := func() { <-time.After(4 * shortPatience) }
	front := serveMoving(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		for range 2 {
			pause()
			if _, err := w.Write(body); err != nil || r.Context().Err() != nil {
				t.Error(err, r.Context().Err())
			}
		}
	})
	text := strings.Repeat("x", 3*pieceSize+1)
	conn := begin(t, front, "")
	answers := bufio.NewReader(conn)
	for range 2 {
		if _, err := fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(text), text); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || string(body) != text+text {
			t.Errorf("%d bytes, %v", len(body), err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
		pause()
	}
}
