package workbook_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/pkg/workbook"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func write(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "upload")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// read returns all rows as "sheet row: cells".
func read(path string) (lines []string, err error) {
	rows, err := workbook.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		sheet, row, cells, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		lines = append(lines, sheet+string(rune('0'+row))+":"+strings.Join(cells, "|"))
	}
}

const table = "姓名,证件号码,家庭住址\r\n王明,330102199801011234,\"文三路1号,\n2楼\"\r\n李华,,\"12\"\" 屏\"\r\n"

var tableRows = []string{"CSV1:姓名|证件号码|家庭住址", "CSV2:王明|330102199801011234|文三路1号,\n2楼", "CSV3:李华||12\" 屏"}

func TestCSVIsReadHoweverItIsWritten(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(table)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(table)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"UTF-8": table, "UTF-8 with a mark": "\ufeff" + table, "GB18030": gb, "UTF-16 with a mark": wide,
		"line feeds only": strings.ReplaceAll(table, "\r\n", "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(write(t, []byte(content)))
			if err != nil || !slices.Equal(got, tableRows) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	for name, content := range map[string]string{
		"tabs": "姓名\t证件号码\n王明\t1,2\n", "semicolons": "姓名;证件号码\n王明;1,2\n",
	} {
		if got, err := read(write(t, []byte(content))); err != nil || !slices.Equal(got, []string{"CSV1:姓名|证件号码", "CSV2:王明|1,2"}) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	// The first character that isn't UTF-8 comes late.
	late := strings.Repeat("a,b\n", 50_000) + "\xcd\xf5\xc3\xf7,x\n"
	got, err := read(write(t, []byte(late)))
	if err != nil || !strings.HasSuffix(got[len(got)-1], ":王明|x") {
		t.Errorf("%q, %v", got[len(got)-1], err)
	}
}

func TestAllSheetsOfAWorkbookAreRead(t *testing.T) {
	f := excelize.NewFile()
	if _, err := f.NewSheet("第二页"); err != nil {
		t.Fatal(err)
	}
	for at, value := range map[string]any{"A1": "姓名", "B1": "证件号码", "A3": "王明", "B3": 330102199801011234} {
		if err := f.SetCellValue("第二页", at, value); err != nil {
			t.Fatal(err)
		}
	}
	var content bytes.Buffer
	if err := errors.Join(f.Write(&content), f.Close()); err != nil {
		t.Fatal(err)
	}
	got, err := read(write(t, content.Bytes()))
	if want := []string{"第二页1:姓名|证件号码", "第二页3:王明|330102199801011234"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

// bomb is a workbook whose sheet unpacks to size bytes of nothing.
func bomb(t *testing.T, size int64) []byte {
	t.Helper()
	var content bytes.Buffer
	z := zip.NewWriter(&content)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeros{}, size); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestWhatIsNoLedgerIsRefusedAndSaysHowToConvertIt(t *testing.T) {
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 1<<20-20)
	wide := func(s string) string {
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, c := range map[string]struct{ content, reason, says string }{
		"an old workbook":            {ole + wide("Workbook"), "FILE_NOT_WORKBOOK", "另存为"},
		"one with a password":        {ole + wide("EncryptedPackage"), "FILE_ENCRYPTED", "取消密码"},
		"a page called .xlsx":        {"\n <html><table><tr><td>姓名</td></tr></table></html>", "FILE_NOT_WORKBOOK", "网页"},
		"a page with a mark":         {"\ufeff<!DOCTYPE html>", "FILE_NOT_WORKBOOK", "网页"},
		"XML":                        {"<?xml version=\"1.0\"?><Workbook/>", "FILE_NOT_WORKBOOK", "网页"},
		"nothing":                    {"", "FILE_NOT_WORKBOOK", "另存为"},
		"only spaces":                {"\ufeff \r\n", "FILE_NOT_WORKBOOK", "另存为"},
		"a picture":                  {"\x89PNG\r\n\x1a\n\x00\x00", "FILE_NOT_WORKBOOK", "另存为"},
		"an archive of something":    {string(bomb(t, 10)), "FILE_NOT_WORKBOOK", "另存为"},
		"an archive cut in two":      {string(bomb(t, 1<<20)[:500]), "FILE_NOT_WORKBOOK", "另存为"},
		"a bomb by its ratio":        {string(bomb(t, 100<<20)), "FILE_TOO_LARGE", "压缩比"},
		"a cell that does not close": {"姓名,证件号码\n王明,\"" + strings.Repeat("x\n", 1<<20), "FILE_NOT_WORKBOOK", "引号"},
		"a line that does not end":   {"姓名,证件号码\n" + strings.Repeat("x", 2<<20), "FILE_NOT_WORKBOOK", "过长"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(write(t, []byte(c.content)))
			f := fault.As(err)
			if f == nil || f.Kind != fault.Invalid || f.Reason != c.reason || !strings.Contains(f.Message, c.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A quotation mark within an address opens nothing, however long the file.
func TestAQuotationMarkInACellIsJustOne(t *testing.T) {
	content := "姓名,家庭住址\n" + strings.Repeat("王明,12\" 号\n", 200_000)
	got, err := read(write(t, []byte(content)))
	if err != nil || len(got) != 200_001 {
		t.Errorf("%d rows, %v", len(got), err)
	}
}

func FuzzOpen(f *testing.F) {
	book := excelize.NewFile()
	if err := book.SetSheetRow("Sheet1", "A1", &[]any{"姓名", "证件号码", 1.5}); err != nil {
		f.Fatal(err)
	}
	var content bytes.Buffer
	if err := errors.Join(book.Write(&content), book.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(content.Bytes())
	f.Add([]byte(table))
	f.Add([]byte("\xff\xfe\x00"))
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
	f.Fuzz(func(t *testing.T, content []byte) {
		// Whatever it is: rows, or words for a person.
		if _, err := read(write(t, content)); err != nil && fault.As(err) == nil {
			t.Fatal(err)
		}
	})
}
