package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

const sheetHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:B2"/><sheetData>`

// pack makes a workbook of one sheet, and of shared texts if there are any.
func pack(t testing.TB, sheet, shared string) string {
	t.Helper()
	var content bytes.Buffer
	z := zip.NewWriter(&content)
	parts := map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
			Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
			xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="台账" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
			Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml": sheet,
	}
	if shared != "" {
		parts[sharedPart] = shared
	}
	for name, text := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ledger.xlsx")
	if err := os.WriteFile(path, content.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

type nextRow func() (row int, cells []string, err error)

// collect reads all, a line a row.
func collect(next nextRow) (lines []string, err error) {
	for {
		row, cells, err := next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		lines = append(lines, fmt.Sprintf("%d %q", row, cells))
	}
}

func plainly(t testing.TB, path string) ([]string, error) {
	t.Helper()
	r, err := openPlain(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	return collect(r.next)
}

func byExcelize(t testing.TB, path string) ([]string, error) {
	t.Helper()
	r, err := openExcelize(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	return collect(r.next)
}

var sheets = []struct{ what, rows, shared string }{
	{"inline texts", `<row r="1"><c r="A1" t="inlineStr"><is><t xml:space="preserve"> 姓名 </t></is></c><c r="C1" s="2" t="inlineStr"><is><t>a&amp;b&#10;c</t></is></c></row>`, ""},
	{
		"shared texts", `<row r="1" spans="1:2" x14ac:dyDescent="0.15"><c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>0</v></c><c r="D1"/></row><row r="4"><c r="A4" t="s"><v>2</v></c></row>`,
		`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="3" uniqueCount="3"><si><t>甲</t><phoneticPr fontId="1" type="noConversion"/></si><si><r><rPr><b/><sz val="9"/></rPr><t>姓</t></r><r><t xml:space="preserve">名 </t></r></si><si><t/></si></sst>`,
	},
	{"numbers as they are stored", `<row><c><v>3.30102201003075E+17</v></c><c s="1"><v>43663</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c t="str"><f>A1&amp;""</f><v>x</v></c><c><f/></c></row>`, ""},
	{"escapes", `<row r="2"><c r="A2" t="inlineStr"><is><t>a_x000D_b_x005F_x_xD800_</t></is></c></row>`, ""},
	{"line breaks", "<row r=\"2\">\r\n  <c r=\"A2\" t=\"inlineStr\"><is><t>a\r\nb\rc</t></is></c>\r\n</row>", ""},
	{"a gap", `<row r="7"><c r="XFD7"><v>1</v></c></row><row r="9"/><row><c t="str"><v>2</v></c></row>`, ""},
	{"columns backwards", `<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>`, ""},
	{"CDATA and a comment", `<row r="1"><c r="A1" t="str"><v><![CDATA[x]]></v></c><!-- --><c r="B1"><v>3</v></c></row>`, ""},
	{"a day", `<row r="1"><c r="A1" t="d"><v>2019-07-17</v></c></row>`, ""},
	{"a sign after the tag", `<row r="1"><c r="A1" x=">"><v>1</v></c></row>`, ""},
	{"two texts", `<row r="1"><c r="A1" t="inlineStr"><is><t>a</t><t>b</t></is></c></row>`, ""},
	{"an unknown element", `<row r="1"><c r="A1"><x>1</x><v>2</v></c></row>`, ""},
	{"rows backwards", `<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>`, ""},
}

const sheetEnd = `</sheetData><pageMargins left="0.7"/></worksheet>`

// What this package reads itself is what excelize reads, or it leaves it to excelize; and
// whoever reads a workbook that changes hands in the middle doesn't notice.
func TestThePlainReaderAgreesWithExcelize(t *testing.T) {
	usual := `<row r="1"><c r="A1"><v>1</v></c></row>`
	for _, s := range sheets {
		t.Run(s.what, func(t *testing.T) { agree(t, pack(t, sheetHead+s.rows+sheetEnd, s.shared)) })
		later := strings.NewReplacer(`r="1"`, `r="2"`).Replace(s.rows)
		t.Run("later "+s.what, func(t *testing.T) { agree(t, pack(t, sheetHead+usual+later+sheetEnd, s.shared)) })
	}
	for i, s := range sheets[:6] {
		if lines, err := plainly(t, pack(t, sheetHead+s.rows+sheetEnd, s.shared)); err != nil || len(lines) == 0 {
			t.Errorf("%s (%d) is not read plainly: %q, %v", s.what, i, lines, err)
		}
	}
}

func agree(t testing.TB, path string) {
	t.Helper()
	mine, err := plainly(t, path)
	if err != nil && !errors.Is(err, errUnusual) {
		return // refused: excelize would read less than there is
	}
	theirs, theirErr := byExcelize(t, path)
	if theirErr != nil {
		return // refused before excelize was asked
	}
	if err == nil && !slices.Equal(mine, theirs) {
		t.Fatalf("plainly %q\nexcelize %q", mine, theirs)
	}
	if err != nil && (len(mine) > len(theirs) || !slices.Equal(mine, theirs[:len(mine)])) {
		t.Fatalf("plainly, as far as it goes, %q\nexcelize %q", mine, theirs)
	}
	r, err := openXLSX(path)
	if err != nil {
		t.Fatal(err)
	}
	both, err := collect(func() (int, []string, error) {
		_, row, cells, err := r.Next()
		return row, cells, err
	})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil || !slices.Equal(both, theirs) {
		t.Fatalf("both %q, %v\nexcelize %q", both, err, theirs)
	}
}

func FuzzThePlainReaderAgreesWithExcelize(f *testing.F) {
	for _, s := range sheets {
		f.Add(sheetHead+s.rows+sheetEnd, s.shared)
	}
	f.Fuzz(func(t *testing.T, sheet, shared string) { agree(t, pack(t, sheet, shared)) })
}

// A spreadsheet keeps fifteen digits of a number: what is left can't be told from a text
// that ends in zeros, but by its cell.
// A workbook's first sheet may have no table at all; the next one's rows are read all the same.
func TestASheetWithoutATableDoesNotEndTheWorkbook(t *testing.T) {
	book := excelize.NewFile()
	if _, err := book.NewSheet("台账"); err != nil {
		t.Fatal(err)
	}
	if err := book.SetSheetRow("台账", "A1", &[]any{"姓名", "证件号码"}); err != nil {
		t.Fatal(err)
	}
	var content bytes.Buffer
	if err := errors.Join(book.Write(&content), book.Close()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ledger.xlsx")
	withPart(t, path, content.Bytes(), "xl/worksheets/sheet1.xml", `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"></worksheet>`)
	rows, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	sheet, row, cells, err := rows.Next()
	if err != nil || sheet != "台账" || row != 1 || !slices.Equal(cells, []string{"姓名", "证件号码"}) {
		t.Errorf("%s %d %q, %v", sheet, row, cells, err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
}

// withPart writes a copy of a workbook in which one part says something else.
func withPart(t *testing.T, path string, book []byte, name, text string) {
	t.Helper()
	from, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var content bytes.Buffer
	to := zip.NewWriter(&content)
	for _, part := range from.File {
		if part.Name != name {
			if err := to.Copy(part); err != nil {
				t.Fatal(err)
			}
			continue
		}
		w, err := to.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(to.Close(), os.WriteFile(path, content.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestANumberThatLostItsDigitsIsToldFromAText(t *testing.T) {
	lines, err := plainly(t, pack(t, sheetHead+`<row><c><v>330102201003075000</v></c><c t="n"><v>330102201003000000</v></c><c t="str"><v>330102201003075000</v></c><c><v>330102201003075123</v></c></row>`+sheetEnd, ""))
	if want := `1 ["3.30102201003075E+17" "3.30102201003E+17" "330102201003075000" "330102201003075123"]`; err != nil || len(lines) != 1 || lines[0] != want {
		t.Errorf("%q, %v", lines, err)
	}
}

// A ledger of the kind that is sent.
func TestTheUsualWorkbooksAreReadPlainly(t *testing.T) {
	for _, inline := range []bool{false, true} {
		f := excelize.NewFile()
		set := func(row []any) {
			if err := f.SetSheetRow("Sheet1", "A2", &row); err != nil {
				t.Fatal(err)
			}
		}
		if inline {
			w, err := f.NewStreamWriter("Sheet1")
			if err != nil {
				t.Fatal(err)
			}
			set = func(row []any) {
				if err := errors.Join(w.SetRow("A2", row), w.Flush()); err != nil {
					t.Fatal(err)
				}
			}
		}
		set([]any{"王明", 330102199801011234, nil, true, 1.5, "a\r\n<b>&"})
		path := filepath.Join(t.TempDir(), "x.xlsx")
		if err := errors.Join(f.SaveAs(path), f.Close()); err != nil {
			t.Fatal(err)
		}
		lines, err := plainly(t, path)
		want, wantErr := byExcelize(t, path)
		if err != nil || wantErr != nil || len(lines) != 1 || !slices.Equal(lines, want) {
			t.Errorf("inline %t: %q, %v; excelize %q, %v", inline, lines, err, want, wantErr)
		}
	}
}
