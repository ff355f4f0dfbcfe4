package workbook

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/xuri/excelize/v2"

	pkgworkbook "baoxue.internal/pkg/workbook"
)

// What does not go into a sheet goes on in the next, below heads of its own.
func TestALongListGoesOnInAnotherSheet(t *testing.T) {
	var file bytes.Buffer
	l := &list{book: pkgworkbook.NewFormatted(&file, pkgworkbook.Format{Head: true}), title: "审计记录", heads: []string{"序号"}, most: 4}
	if err := l.begin(); err != nil {
		t.Fatal(err)
	}
	for n := range 7 {
		if err := l.Add([]any{fmt.Sprint(n)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	}()
	var got []string
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(sheet, rows))
	}
	want := "[审计记录[[序号] [0] [1] [2]] 审计记录（2）[[序号] [3] [4] [5]] 审计记录（3）[[序号] [6]]]"
	if fmt.Sprint(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
}
