package demoledger

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"
)

// SheetName is the one sheet of every workbook made here.
const SheetName = "控辍保学工作台账"

// NoticeColumns are the heads of the notice's table, in its order.
func NoticeColumns() []string {
	return []string{
		"序号", "姓名", "出生日期", "证件号码", "户籍地", "家庭住址", "是否在读",
		"全国学籍号", "省内学校名称", "省内学籍号", "省内学生状态", "处理",
	}
}

// Columns are the notice's heads and the four a distributed file adds.
func Columns() []string {
	return append(NoticeColumns(), "区划代码", "数据类别", "监护人", "联系电话")
}

// fixedTime stands wherever the file format wants to know when it was made:
// the day of the notice, so that equal ledgers are equal bytes.
var fixedTime = time.Date(2019, time.July, 17, 0, 0, 0, 0, time.UTC)

type styles struct{ head, whole, date, scientific int }

func newStyles(f *excelize.File) (styles, error) {
	var s styles
	for _, want := range []struct {
		id    *int
		style excelize.Style
	}{
		{&s.head, excelize.Style{Font: &excelize.Font{Bold: true}}},
		{&s.whole, excelize.Style{NumFmt: 1}},       // 0
		{&s.scientific, excelize.Style{NumFmt: 11}}, // 0.00E+00
		{&s.date, excelize.Style{NumFmt: 14}},       // the short date
	} {
		id, err := f.NewStyle(&want.style)
		if err != nil {
			return s, err
		}
		*want.id = id
	}
	return s, nil
}

// writeWorkbook streams a header and rows data rows to w. The sheet goes
// through excelize's temporary file and from there straight into the zip on w:
// memory does not grow with the rows.
func writeWorkbook(w io.Writer, head []string, rows int, row func(n int, s styles) []any) (err error) {
	f := excelize.NewFile()
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	if err = f.SetSheetName("Sheet1", SheetName); err != nil {
		return err
	}
	stamp := fixedTime.Format(time.RFC3339)
	err = f.SetDocProps(&excelize.DocProperties{Creator: "baoxuectl demo-ledger", Created: stamp, Modified: stamp})
	if err != nil {
		return err
	}
	s, err := newStyles(f)
	if err != nil {
		return err
	}
	sw, err := f.NewStreamWriter(SheetName)
	if err != nil {
		return err
	}
	heads := make([]any, len(head))
	for i, h := range head {
		heads[i] = excelize.Cell{StyleID: s.head, Value: h}
	}
	if err = sw.SetRow("A1", heads); err != nil {
		return err
	}
	for n := 2; n < rows+2; n++ {
		if err = sw.SetRow("A"+strconv.Itoa(n), row(n, s)); err != nil {
			return err
		}
	}
	if err = sw.Flush(); err != nil {
		return err
	}
	z := &fixedZip{zip: zip.NewWriter(w), scientific: s.scientific}
	f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return z })
	return f.Write(io.Discard)
}

// fixedZip is a zip writer whose entries all carry the same time, and which
// writes to the caller directly where excelize would build the archive in memory.
type fixedZip struct {
	zip        *zip.Writer
	scientific int
	open       *scientificWriter
}

func (z *fixedZip) Create(name string) (io.Writer, error) {
	if err := z.flush(); err != nil {
		return nil, err
	}
	w, err := z.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: fixedTime})
	if err != nil {
		return nil, err
	}
	z.open = newScientificWriter(w, z.scientific)
	return z.open, nil
}

func (z *fixedZip) AddFS(fsys fs.FS) error { return z.zip.AddFS(fsys) }

func (z *fixedZip) Close() error {
	if err := z.flush(); err != nil {
		return err
	}
	return z.zip.Close()
}

func (z *fixedZip) flush() error {
	if z.open == nil {
		return nil
	}
	err := z.open.flush()
	z.open = nil
	return err
}

// scientificWriter rewrites the values of cells in the scientific style as
// 3.30102201003075E+17. Excel stores a long number so; excelize cannot, it
// always writes all the digits.
type scientificWriter struct {
	w      io.Writer
	marker []byte // what stands right before such a value
	rest   []byte // an unfinished cell
}

func newScientificWriter(w io.Writer, style int) *scientificWriter {
	return &scientificWriter{w: w, marker: []byte(` s="` + strconv.Itoa(style) + `"><v>`)}
}

var cellStart = []byte("<c ")

// chunk bounds how much is looked at in one go.
const chunk = 64 << 10

func (s *scientificWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		k := min(len(p), chunk)
		s.rest = append(s.rest, p[:k]...)
		p = p[k:]
		// Everything before the last cell's start is whole cells.
		if end := bytes.LastIndex(s.rest, cellStart); end > 0 {
			if err := s.emit(s.rest[:end]); err != nil {
				return 0, err
			}
			s.rest = append(s.rest[:0], s.rest[end:]...)
		}
	}
	return n, nil
}

func (s *scientificWriter) emit(p []byte) error {
	for {
		at := bytes.Index(p, s.marker)
		if at < 0 {
			_, err := s.w.Write(p)
			return err
		}
		at += len(s.marker)
		end := at + bytes.IndexByte(p[at:], '<')
		v, err := strconv.ParseFloat(string(p[at:end]), 64)
		if err != nil {
			return err
		}
		if _, err = s.w.Write(strconv.AppendFloat(p[:at:at], v, 'E', -1, 64)); err != nil {
			return err
		}
		p = p[end:]
	}
}

func (s *scientificWriter) flush() error { return s.emit(s.rest) }
