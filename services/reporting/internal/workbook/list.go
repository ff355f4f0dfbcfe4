package workbook

import (
	"fmt"
	"io"

	"baoxue.internal/pkg/workbook"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// list is a workbook of one list.
type list struct {
	book  *workbook.Writer
	title string
	heads []string
	// most are the rows that a sheet may have.
	most int
	// sheets are how many there are, and row is the last of the newest.
	sheets, row int
}

// sheetRows are as many as a sheet of .xlsx can have.
const sheetRows = 1_048_576

// NewList starts a workbook with the heads of a list. What is counted is a number, all else a text, and nothing a formula.
func NewList(out io.Writer, l app.List) (app.ListSheet, error) {
	s := &list{book: workbook.NewFormatted(out, workbook.Format{Head: true, Widths: l.Widths}), title: l.Title, heads: l.Heads, most: sheetRows}
	return s, s.begin()
}

// begin begins a sheet.
func (s *list) begin() error {
	s.sheets++
	s.row = 1
	return s.book.Add(s.sheet(), s.row, s.heads)
}

func (s *list) sheet() string {
	if s.sheets == 1 {
		return s.title
	}
	return fmt.Sprintf("%s（%d）", s.title, s.sheets)
}

// Add implements app.ListSheet. What is too much for a sheet goes on in another one.
func (s *list) Add(cells []any) error {
	for i, cell := range cells {
		if f, ok := cell.(domain.Fraction); ok {
			cells[i] = workbook.Share(f)
		}
	}
	if s.row == s.most {
		if err := s.begin(); err != nil {
			return err
		}
	}
	s.row++
	return s.book.AddValues(s.sheet(), s.row, cells)
}

// Close implements app.ListSheet.
func (s *list) Close() error { return s.book.Close() }
