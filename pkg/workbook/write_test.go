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
