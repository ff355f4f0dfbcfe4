package chain

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

// Format is what the header of an exported file says it is.
const Format = "baoxue-audit/1"

// Header is the first line of an exported file.
type Header struct {
	Format       string    `json:"format"`
	Service      string    `json:"service"`
	ExportedAt   time.Time `json:"exportedAt"`
	HeadSequence int64     `json:"headSequence"`
}

// Head is a place in a chain with the digest there. It is worth noting
// elsewhere: it vouches for everything before it.
type Head struct {
	Sequence int64
	Digest   []byte
}

// String is SEQ:HEX.
func (h Head) String() string { return fmt.Sprintf("%d:%x", h.Sequence, h.Digest) }

// ParseHead reads SEQ:HEX.
func ParseHead(text string) (Head, error) {
	number, digest, _ := strings.Cut(strings.TrimSpace(text), ":")
	sequence, err := strconv.ParseInt(number, 10, 64)
	if err != nil || sequence < 1 {
		return Head{}, fmt.Errorf("head %q is not SEQ:HEX", text)
	}
	bytes, err := hex.DecodeString(digest)
	if err != nil || len(bytes) != digestSize {
		return Head{}, fmt.Errorf("head %q is not SEQ:HEX with %d bytes", text, digestSize)
	}
	return Head{Sequence: sequence, Digest: bytes}, nil
}

const digestSize = 32

// WriteHeader writes the first line of a file.
func WriteHeader(w io.Writer, h Header) error {
	h.Format = Format
	return json.NewEncoder(w).Encode(h)
}

// WriteRecords writes a line for each record.
func WriteRecords(w io.Writer, records []*auditv1.Record) error {
	for _, r := range records {
		line, err := protojson.Marshal(r)
		if err != nil {
			return fmt.Errorf("audit record %d: %w", r.GetSequence(), err)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}
