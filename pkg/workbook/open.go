// Package workbook reads the rows of what people upload: .xlsx and .csv, within bounds.
// Anything else is refused in words that say how to convert it.
package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"baoxue.internal/pkg/fault"
)

// Rows are the rows of all sheets in order, without those that have no cell. Next returns the sheet's name, the row's
// number from 1, and its cells; io.EOF after the last. Close removes what was
// unpacked.
type Rows interface {
	Next() (sheet string, row int, cells []string, err error)
	Close() error
}

// headBytes are enough to know what a file is.
const headBytes = 4096

// Open opens a file by what is in it: its name proves nothing.
func Open(path string) (Rows, error) { return open(path, openCSV) }

// OpenXLSX is Open for what can be nothing but a workbook: a text is refused.
func OpenXLSX(path string) (Rows, error) {
	return open(path, func(string) (Rows, error) { return nil, notWorkbook(nil) })
}

func open(path string, openText func(path string) (Rows, error)) (Rows, error) {
	f, err := os.Open(path) //nolint:gosec // our own temporary file
	if err != nil {
		return nil, fmt.Errorf("uploaded file: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read from
	head := make([]byte, headBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("uploaded file: %w", err)
	}
	switch head = head[:n]; kindOf(head) {
	case kindZip:
		return openXLSX(path)
	case kindOLE:
		return nil, refuseOLE(f)
	case kindHTML:
		return nil, fault.New(fault.Invalid, "FILE_NOT_WORKBOOK",
			"该文件内容是网页，不是 Excel 工作簿（常见于从系统直接下载的 .xls），请用 Excel 或 WPS 打开后另存为“Excel 工作簿 (*.xlsx)”再上传")
	case kindText:
		return openText(path)
	case kindOther:
	}
	return nil, notWorkbook(nil)
}

func notWorkbook(cause error) error {
	return fault.New(fault.Invalid, "FILE_NOT_WORKBOOK",
		"无法识别该文件，请用 Excel 或 WPS 打开后另存为“Excel 工作簿 (*.xlsx)”或“CSV UTF-8 (*.csv)”再上传").Because(cause)
}

type kind int

const (
	kindOther kind = iota
	kindZip
	kindOLE
	kindHTML
	kindText
)

func kindOf(head []byte) kind {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return kindZip
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return kindOLE
	case bytes.HasPrefix(text, []byte("<")):
		return kindHTML
	case hasUTF16Mark(head):
		return kindText
	case len(text) == 0 || bytes.IndexByte(head, 0) >= 0:
		return kindOther
	}
	return kindText
}

// refuseOLE tells the two kinds of old container apart by the names in its directory,
// which are UTF-16: a workbook with a password, and one of before 2007.
func refuseOLE(r io.ReadSeeker) error {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("uploaded file: %w", err)
	}
	// The directory may lie anywhere; it is looked for in pieces that overlap.
	name := utf16("EncryptedPackage")
	window := make([]byte, 0, 1<<20+len(name))
	for {
		piece := make([]byte, 1<<20)
		n, err := io.ReadFull(r, piece)
		window = append(window, piece[:n]...)
		if bytes.Contains(window, name) {
			return fault.New(fault.Invalid, "FILE_ENCRYPTED", "该工作簿设有打开密码，请在 Excel 或 WPS 中取消密码并保存后再上传")
		}
		if err != nil {
			break
		}
		window = append(window[:0], window[len(window)-len(name):]...)
	}
	return fault.New(fault.Invalid, "FILE_NOT_WORKBOOK",
		"该文件是旧版 Excel (.xls)，请用 Excel 或 WPS 打开，点击“文件 — 另存为”，保存类型选“Excel 工作簿 (*.xlsx)”后再上传")
}

func utf16(s string) []byte {
	out := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}
