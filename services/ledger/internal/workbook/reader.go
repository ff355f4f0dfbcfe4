// Package workbook reads .xlsx files row by row.
package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/xuri/excelize/v2"

	"baoxue.internal/pkg/fault"
)

// What a ledger may unpack to. A province's largest file is some 100 MB of XML;
// a bomb is far beyond.
const (
	maxUnzipped  = 2 << 30
	maxInMemory  = 16 << 20
	zipSignature = "PK\x03\x04"
	oleSignature = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
)

// Reader reads all sheets of a workbook in order.
type Reader struct {
	file   *excelize.File
	sheets []string
	sheet  string
	rows   *excelize.Rows
	number int
}

// Open opens a workbook, or says why the file is none.
func Open(path string) (*Reader, error) {
	if err := sniff(path); err != nil {
		return nil, err
	}
	file, err := excelize.OpenFile(path, excelize.Options{
		// Cells as they are stored: a date as its serial, a number unrounded.
		RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxInMemory,
	})
	if err != nil {
		return nil, notWorkbook(err)
	}
	return &Reader{file: file, sheets: file.GetSheetList()}, nil
}

func notWorkbook(cause error) error {
	return fault.New(fault.Invalid, "FILE_NOT_WORKBOOK", "无法按 .xlsx 工作簿读取该文件，请用 Excel 或 WPS 打开后另存为“Excel 工作簿 (*.xlsx)”再上传").Because(cause)
}

// sniff judges by the first bytes: the name of a file proves nothing.
func sniff(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read from
	head := make([]byte, 8)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return fmt.Errorf("workbook: %w", err)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte(zipSignature)):
		return nil
	case bytes.HasPrefix(head, []byte(oleSignature)):
		return fault.New(fault.Invalid, "FILE_ENCRYPTED", "该文件是加密的工作簿或旧版 .xls，请取消密码并另存为“Excel 工作簿 (*.xlsx)”再上传")
	}
	return notWorkbook(nil)
}

// Next returns the next row of the current sheet, then those of the next sheet;
// io.EOF after the last.
func (r *Reader) Next() (sheet string, row int, cells []string, err error) {
	for {
		if r.rows == nil {
			if len(r.sheets) == 0 {
				return "", 0, nil, io.EOF
			}
			r.sheet, r.sheets, r.number = r.sheets[0], r.sheets[1:], 0
			if r.rows, err = r.file.Rows(r.sheet); err != nil {
				return "", 0, nil, r.broken(err)
			}
		}
		if r.rows.Next() {
			r.number++
			if cells, err = r.rows.Columns(); err != nil {
				return "", 0, nil, r.broken(err)
			}
			return r.sheet, r.number, cells, nil
		}
		if err := errors.Join(r.rows.Error(), r.rows.Close()); err != nil {
			return "", 0, nil, r.broken(err)
		}
		r.rows = nil
	}
}

func (r *Reader) broken(cause error) error {
	return fault.Newf(fault.Invalid, "FILE_NOT_WORKBOOK", "工作表“%s”第 %d 行之后无法读取，文件可能已损坏，请重新导出后上传", r.sheet, r.number).Because(cause)
}

// Close removes the reader's temporary files.
func (r *Reader) Close() error {
	var err error
	if r.rows != nil {
		err = r.rows.Close()
	}
	return errors.Join(err, r.file.Close())
}
