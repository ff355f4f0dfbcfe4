package workbook_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"baoxue.internal/pkg/workbook"
)

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	var content bytes.Buffer
	w := workbook.NewWriter(&content)
	rows := []struct {
		sheet string
		row   int
		cells []string
	}{
		{"一", 1, []string{"控辍保学<台账>"}},
		{"一", 3, []string{"姓名", "", "证件号码", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "第27列"}},
		{"一", 4, []string{" =1+1", "@x", "330102199801011234", "a\nb", "_x000D_&amp;"}},
		{"二 & 三", 2, []string{"", "+86"}},
	}
	var want []string
	for _, r := range rows {
		if err := w.Add(r.sheet, r.row, r.cells); err != nil {
			t.Fatal(err)
		}
		want = append(want, r.sheet+string(rune('0'+r.row))+":"+strings.Join(r.cells, "|"))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := read(write(t, content.Bytes()))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(content.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	formula, err := book.GetCellFormula("一", "A4")
	value, valueErr := book.GetCellValue("一", "A4")
	if err := errors.Join(err, valueErr, book.Close()); err != nil || formula != "" || value != " =1+1" {
		t.Errorf("%q is the formula %q, %v", value, formula, err)
	}
}

// What is counted can be added up by whoever opens the workbook; what is a text stays one.
func TestNumbersStayNumbers(t *testing.T) {
	var content bytes.Buffer
	w := workbook.NewFormatted(&content, workbook.Format{Head: true})
	if err := errors.Join(
		w.Add("一", 1, []string{"地区", "人数", "比例", "数值", "代码"}),
		w.AddValues("一", 2, []any{"=1+1", int32(1234), workbook.Share(0.3333), 2.5, "330106"}),
		w.AddValues("一", 3, []any{"", int64(0), workbook.Share(1), "—", ""}),
	); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(content.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]struct {
		shown, kept string
		kind        excelize.CellType
	}{
		"A2": {"=1+1", "=1+1", excelize.CellTypeInlineString}, "B2": {"1,234", "1234", excelize.CellTypeUnset},
		"C2": {"33.33%", "0.3333", excelize.CellTypeUnset}, "D2": {"2.5", "2.5", excelize.CellTypeUnset},
		"E2": {"330106", "330106", excelize.CellTypeInlineString}, "A3": {"", "", excelize.CellTypeUnset},
		"B3": {"0", "0", excelize.CellTypeUnset}, "C3": {"100.00%", "1", excelize.CellTypeUnset}, "D3": {"—", "—", excelize.CellTypeInlineString},
	} {
		shown, shownErr := book.GetCellValue("一", cell)
		kept, keptErr := book.GetCellValue("一", cell, excelize.Options{RawCellValue: true})
		kind, kindErr := book.GetCellType("一", cell)
		if err := errors.Join(shownErr, keptErr, kindErr); err != nil || shown != want.shown || kept != want.kept || kind != want.kind {
			t.Errorf("%s is %q of %q, of type %d, %v", cell, shown, kept, kind, err)
		}
	}
	if err := book.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNeitherTextNorNumberIsRefused(t *testing.T) {
	if err := workbook.NewWriter(&bytes.Buffer{}).AddValues("一", 1, []any{true}); err == nil {
		t.Error("a truth was written")
	}
}

// A table is printed across, as wide as the page unless nobody could read it, with its head on every one.
func TestATableIsReadyForThePrinter(t *testing.T) {
	for width, fits := range map[float64]bool{20: true, 121: false} {
		readyForThePrinter(t, []float64{width, width}, fits)
	}
}

func readyForThePrinter(t *testing.T, widths []float64, fits bool) {
	t.Helper()
	var content bytes.Buffer
	w := workbook.NewFormatted(&content, workbook.Format{Head: true, Widths: widths})
	if err := errors.Join(w.Add("县's", 1, []string{"姓名"}), w.Add("县's", 2, []string{"王"}), w.Add("二", 1, []string{"姓名"}), w.Close()); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(content.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for _, sheet := range book.GetSheetList() {
		layout, layoutErr := book.GetPageLayout(sheet)
		props, propsErr := book.GetSheetProps(sheet)
		if err := errors.Join(layoutErr, propsErr); err != nil || *layout.Orientation != "landscape" || *layout.Size != 9 || *layout.FitToHeight != 0 || (props.FitToPage != nil && *props.FitToPage) != fits {
			t.Errorf("%s is laid out as %+v, %+v, %v", sheet, layout, props, err)
		}
	}
	var titles []string
	for _, name := range book.GetDefinedName() {
		titles = append(titles, name.Name+" "+name.RefersTo+" "+name.Scope)
	}
	if want := []string{"_xlnm.Print_Titles '县''s'!$1:$1 县's", "_xlnm.Print_Titles '二'!$1:$1 二"}; !slices.Equal(titles, want) {
		t.Errorf("%q", titles)
	}
	if err := book.Close(); err != nil {
		t.Error(err)
	}
}
