package workbook

import (
	"io"

	"baoxue.internal/pkg/workbook"
	"baoxue.internal/services/reporting/internal/app"
)

// list is a workbook of one list.
type list struct {
	book  *workbook.Writer
	title string
	row   int
}

// NewList starts a workbook with the heads of a list. Every cell is text, and none a formula.
func NewList(out io.Writer, l app.List) (app.ListSheet, error) {
	s := &list{book: workbook.NewFormatted(out, workbook.Format{Head: true, Widths: l.Widths}), title: l.Title}
	return s, s.Add(l.Heads)
}

// Add implements app.ListSheet.
func (s *list) Add(cells []string) error {
	s.row++
	return s.book.Add(s.title, s.row, cells)
}

// Close implements app.ListSheet.
func (s *list) Close() error { return s.book.Close() }
