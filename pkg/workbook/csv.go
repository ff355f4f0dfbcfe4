package workbook

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"baoxue.internal/pkg/fault"
)

// csvSheet is what a .csv's one sheet is called in messages.
const csvSheet = "CSV"

// maxRecord bounds one record: a quotation mark that is never closed would take the
// rest of the file for a cell.
const maxRecord = 1 << 20

type csvRows struct {
	file   *os.File
	reader *csv.Reader
	number int
}

func openCSV(path string) (Rows, error) {
	f, err := os.Open(path) //nolint:gosec // our own temporary file
	if err != nil {
		return nil, fmt.Errorf("uploaded file: %w", err)
	}
	decoded, err := decode(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	text := bufio.NewReaderSize(decoded, 1<<16)
	head, err := text.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(notWorkbook(err), f.Close())
	}
	comma := separator(head)
	reader := csv.NewReader(&bounded{r: text, separator: byte(comma)})
	reader.Comma, reader.FieldsPerRecord, reader.LazyQuotes = comma, -1, true
	return &csvRows{file: f, reader: reader}, nil
}

// decode finds out how the text is written: by its mark, else UTF-8 if it is that, else
// GB18030, which is what a Chinese Windows writes.
func decode(f *os.File) (io.Reader, error) {
	head := make([]byte, headBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("uploaded file: %w", err)
	}
	head = head[:n]
	valid := true
	if !hasUTF16Mark(head) {
		if valid, err = allUTF8(io.MultiReader(bytes.NewReader(head), f)); err != nil {
			return nil, fmt.Errorf("uploaded file: %w", err)
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("uploaded file: %w", err)
	}
	otherwise := unicode.UTF8.NewDecoder()
	if !valid {
		otherwise = simplifiedchinese.GB18030.NewDecoder()
	}
	return transform.NewReader(f, unicode.BOMOverride(otherwise)), nil
}

func hasUTF16Mark(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff"))
}

// allUTF8 reads it all: the first character that is none may be in the last row.
func allUTF8(r io.Reader) (bool, error) {
	buffer, kept := make([]byte, 1<<16), 0
	for {
		n, err := r.Read(buffer[kept:])
		piece := buffer[:kept+n]
		for len(piece) > 0 {
			char, size := utf8.DecodeRune(piece)
			if char == utf8.RuneError && size <= 1 {
				if !utf8.FullRune(piece) && err == nil {
					break
				}
				return false, nil
			}
			piece = piece[size:]
		}
		kept = copy(buffer, piece)
		if errors.Is(err, io.EOF) {
			return kept == 0, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// separator is what the head has most of: commas, or tabs and semicolons as other
// programs write them.
func separator(head []byte) rune {
	best, most := ',', bytes.Count(head, []byte(","))
	for _, other := range []rune{'\t', ';'} {
		if n := bytes.Count(head, []byte(string(other))); n > most {
			best, most = other, n
		}
	}
	return best
}

// Next implements Rows.
func (r *csvRows) Next() (sheet string, row int, cells []string, err error) {
	cells, err = r.reader.Read()
	if errors.Is(err, io.EOF) {
		return "", 0, nil, io.EOF
	}
	if err != nil {
		return "", 0, nil, fault.Newf(fault.Invalid, "FILE_NOT_WORKBOOK",
			"CSV 文件第 %d 行之后无法读取，可能缺少引号或单元格过长，请检查后重新上传", r.number).Because(err)
	}
	// A record that spans lines counts where it begins, as a spreadsheet shows it.
	r.number++
	return csvSheet, r.number, cells, nil
}

// Close implements Rows.
func (r *csvRows) Close() error { return r.file.Close() }

var errLongRecord = errors.New("a record is too long")

// bounded fails when a record does not end. It sees records as encoding/csv with
// LazyQuotes does: a quotation mark opens at the start of a cell only, and closes before
// the end of one.
type bounded struct {
	r         io.Reader
	separator byte
	since     int
	in        place
}

type place int

const (
	atStart place = iota
	inPlain
	inQuoted
	afterQuote
)

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	for _, c := range p[:n] {
		if b.since++; b.step(c) {
			b.since = 0
		}
		if b.since > maxRecord {
			return 0, errLongRecord
		}
	}
	return n, err
}

// step goes on by a character and reports whether a record ended.
func (b *bounded) step(c byte) (ended bool) {
	switch {
	case b.in == inQuoted:
		if c == '"' {
			b.in = afterQuote
		}
	case c == '\n':
		b.in = atStart
		return true
	case c == b.separator:
		b.in = atStart
	case c == '"' && (b.in == atStart || b.in == afterQuote):
		b.in = inQuoted
	case b.in == afterQuote:
		if c != '\r' {
			b.in = inQuoted
		}
	default:
		b.in = inPlain
	}
	return false
}
