package chain

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"google.golang.org/protobuf/encoding/protojson"

	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

// longestLine is far more than a record can have.
const longestLine = 1 << 20

// lines reads an exported file.
type lines struct {
	source *bufio.Reader
	line   int
}

// entry is one line after the header.
type entry struct {
	line   int
	record *auditv1.Record
	// bad says why the line is no record.
	bad string
}

func newLines(r io.Reader) *lines { return &lines{source: bufio.NewReader(r)} }

// read returns the next line. A line that is too long comes cut, and is then
// no record.
func (l *lines) read() ([]byte, error) {
	var line []byte
	for {
		part, err := l.source.ReadSlice('\n')
		if room := longestLine - len(line); len(part) > room {
			part = part[:room]
		}
		line = append(line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		default:
			l.line++
			return bytes.TrimRight(line, "\r\n"), nil
		}
	}
}

func (l *lines) header() (h Header, bad string, err error) {
	text, err := l.read()
	if errors.Is(err, io.EOF) {
		return h, "文件是空的", nil
	}
	if err != nil {
		return h, "", err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	read := decoder.Decode(&h) == nil && !decoder.More()
	if !read || h.Format != Format || h.Service == "" || h.HeadSequence < 0 {
		return h, "第一行不是审计导出的文件头（" + Format + "）", nil
	}
	return h, "", nil
}

func (l *lines) next() (entry, error) {
	text, err := l.read()
	if err != nil {
		return entry{}, err
	}
	at := entry{line: l.line, record: &auditv1.Record{}}
	if err := protojson.Unmarshal(text, at.record); err != nil {
		at.bad = "这一行不是审计记录"
	}
	return at, nil
}
