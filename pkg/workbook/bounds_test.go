package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"baoxue.internal/pkg/fault"
)

// What a refusal may cost: far less than what the file claims to be.
const (
	refusedWithin = 20 * time.Second
	refusedFor    = 256 << 20
)

// refused wants a file refused for a reason within the bounds.
func refused(t *testing.T, path, reason string) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	r, err := Open(path)
	for err == nil {
		_, _, _, err = r.Next()
	}
	took := time.Since(begin)
	if r != nil {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	runtime.ReadMemStats(&after)
	if f := fault.As(err); errors.Is(err, io.EOF) || f == nil || f.Reason != reason {
		t.Errorf("got %v, want %s", err, reason)
	}
	if used := after.TotalAlloc - before.TotalAlloc; took > refusedWithin || used > refusedFor {
		t.Errorf("took %v and %d MB", took, used>>20)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

const sst = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`

func TestWhatIsBeyondBoundsIsRefusedWithinBounds(t *testing.T) {
	cell := `<c t="inlineStr"><is><t>x</t></is></c>`
	sharedCells := sheetHead + `<row>` + strings.Repeat(`<c t="s"><v>0</v></c>`, 16_000) + `</row>` + sheetEnd
	for _, c := range []struct{ what, sheet, shared, reason string }{
		{"a million columns", sheetHead + `<row>` + strings.Repeat(cell, 1_000_000) + `</row>` + sheetEnd, "", "FILE_TOO_LARGE"},
		{"a million columns for excelize", sheetHead + `<row><!-- -->` + strings.Repeat(cell, 1_000_000) + `</row>` + sheetEnd, "", "FILE_TOO_LARGE"},
		{"a column after the last", sheetHead + `<row><c r="XFE1"><v>1</v></c></row>` + sheetEnd, "", "FILE_NOT_WORKBOOK"},
		{"a row after the last", sheetHead + `<row r="1048577"><c><v>1</v></c></row>` + sheetEnd, "", "FILE_TOO_LARGE"},
		{"a row far after the last", sheetHead + `<row r="99999999999"><c><v>1</v></c></row>` + sheetEnd, "", "FILE_NOT_WORKBOOK"},
		{"elements in elements", sheetHead + `<row><c>` + strings.Repeat("<a>", 1_000_000), "", "FILE_TOO_LARGE"},
		{"elements in elements before the rows", `<worksheet>` + strings.Repeat("<a>", 1_000_000), "", "FILE_TOO_LARGE"},
		{"a long tag", sheetHead + `<row x="` + strings.Repeat("a", 4<<20) + `"/>` + sheetEnd, "", "FILE_TOO_LARGE"},
		{"a long cell", sheetHead + `<row><c t="str"><v>` + strings.Repeat("a", 400_000) + `</v></c></row>` + sheetEnd, "", "FILE_TOO_LARGE"},
		{
			"a document type that laughs", sheetHead + `<row><c t="s"><v>0</v></c></row>` + sheetEnd,
			`<!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>` + sst + `<si><t>&b;</t></si></sst>`, "FILE_NOT_WORKBOOK",
		},
		{"an entity of nobody", sharedCells, sst + `<si><t>&b;</t></si></sst>`, "FILE_NOT_WORKBOOK"},
		{"a table that holds itself", sharedCells, sst + strings.Repeat(`<si>`, 1_000_000), "FILE_TOO_LARGE"},
		{"one long text in many cells", sharedCells, sst + `<si><t>` + strings.Repeat("a", 100_000) + `</t></si></sst>`, "FILE_TOO_LARGE"},
		{"one long text in many cells for excelize", strings.Replace(sharedCells, `<row>`, `<row><!-- -->`, 1), sst + `<si><t>` + strings.Repeat("a", 100_000) + `</t></si></sst>`, "FILE_TOO_LARGE"},
		{"a text of many runs", sharedCells, sst + `<si>` + strings.Repeat(`<r><t>`+strings.Repeat("a", 1000)+`</t></r>`, 1000) + `</si></sst>`, "FILE_TOO_LARGE"},
		{"a text that is not in the table", sharedCells, sst + `</sst>`, "FILE_NOT_WORKBOOK"},
		{"a sheet that breaks off", sheetHead + `<row><c><v>1</v></c></row>`, "", "FILE_NOT_WORKBOOK"},
		{"a sheet for excelize that breaks off", sheetHead + `<!-- --><row><c><v>1</v></c></row>`, "", "FILE_NOT_WORKBOOK"},
	} {
		t.Run(c.what, func(t *testing.T) { refused(t, pack(t, c.sheet, c.shared), c.reason) })
	}
}

// More shared texts than any sheet has cells.
func TestATableOfTooManyTextsIsRefused(t *testing.T) {
	refused(t, pack(t, sheetHead+sheetEnd, sst+strings.Repeat("<si/>", maxShared+1)+"</sst>"), "FILE_TOO_LARGE")
}

// A part that says it is of 2 GiB, and one that is larger than it says.
func TestASheetThatLiesAboutItsSizeIsRefused(t *testing.T) {
	sheet := []byte(sheetHead + `<row><c><v>1</v></c></row>` + sheetEnd)
	for _, says := range []uint64{2 << 30, 10} {
		var content bytes.Buffer
		z := zip.NewWriter(&content)
		honest, err := zip.OpenReader(pack(t, string(sheet), ""))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range honest.File {
			header := f.FileHeader
			if strings.Contains(f.Name, "sheet1") {
				header.UncompressedSize64, header.CRC32 = says, crc32.ChecksumIEEE(sheet)
			}
			w, err := z.CreateRaw(&header)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := f.OpenRaw()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(w, raw); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(t.TempDir(), "x.xlsx")
		if err := errors.Join(z.Close(), honest.Close(), os.WriteFile(path, content.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
		reason := "FILE_NOT_WORKBOOK"
		if says > maxUnzipped {
			reason = "FILE_TOO_LARGE"
		}
		refused(t, path, reason)
	}
}

// What doesn't fit in memory is read back from a file that nobody finds.
func TestManySharedTextsAreReadBack(t *testing.T) {
	long := strings.Repeat("浙江省杭州市西湖区", 100)
	var table, rows strings.Builder
	table.WriteString(sst)
	const texts = 10_000
	for i := range texts {
		number := strings.Repeat("9", i%7+1)
		table.WriteString("<si><t>" + number + long + "</t></si>")
	}
	table.WriteString("</sst>")
	for i := range texts {
		// Near and far from each other.
		rows.WriteString(`<row><c t="s"><v>` + strconv.Itoa(i) + `</v></c><c t="s"><v>` + strconv.Itoa(i*7919%texts) + `</v></c></row>`)
	}
	path := pack(t, sheetHead+rows.String()+sheetEnd, table.String())
	r, err := openPlain(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	if r.shared.file == nil || len(r.shared.memory) > sharedInMemory {
		t.Fatal("the texts are all in memory")
	}
	for i := range texts {
		_, cells, err := r.next()
		if err != nil || len(cells) != 2 || cells[0] != strings.Repeat("9", i%7+1)+long || cells[1] != strings.Repeat("9", i*7919%texts%7+1)+long {
			t.Fatalf("row %d: %d cells, %v", i, len(cells), err)
		}
	}
}
