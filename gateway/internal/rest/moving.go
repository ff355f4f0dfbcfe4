package rest

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// patience is how long a client may take nothing of what it is sent, or send nothing of what it began. A
// download that was paused would else keep the services' database connections for as long as the client
// likes.
const patience = time.Minute

// pieceSize is what a client has to take within the time: on the slowest of lines it can.
const pieceSize = 64 << 10

// moving ends the connections of clients that stand still.
func moving(within time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection := http.NewResponseController(w)
		// The connection may have served another request before. What it can't do, a test's recorder
		// say, it need not.
		_ = connection.SetWriteDeadline(time.Time{})
		// The rest of an answer leaves after the handler, and after what is left of a body.
		defer func() { _ = connection.SetWriteDeadline(time.Now().Add(2 * within)) }()
		if r.Body != http.NoBody {
			// What a handler leaves of it, the server reads before it answers.
			_ = connection.SetReadDeadline(time.Now().Add(within))
			r.Body = movingBody{r.Body, connection, within}
		}
		next.ServeHTTP(movingWriter{w, connection, within}, r)
	})
}

type movingWriter struct {
	http.ResponseWriter
	connection *http.ResponseController
	within     time.Duration
}

func (w movingWriter) Write(p []byte) (written int, err error) {
	for first := true; first || len(p) > 0; first = false {
		_ = w.connection.SetWriteDeadline(time.Now().Add(w.within))
		n, err := w.ResponseWriter.Write(p[:min(pieceSize, len(p))])
		if written += n; err != nil {
			return written, err
		}
		p = p[n:]
	}
	return written, nil
}

// Unwrap lets http.ResponseController reach what is below.
func (w movingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

type movingBody struct {
	io.ReadCloser
	connection *http.ResponseController
	within     time.Duration
}

func (b movingBody) Read(p []byte) (int, error) {
	_ = b.connection.SetReadDeadline(time.Now().Add(b.within))
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		// From here on the client need not send anything: it waits.
		_ = b.connection.SetReadDeadline(time.Time{})
	}
	return n, err
}
