package app

import "context"

// List is a list that can leave as a file.
type List struct {
	// Name is for the trail, Title for the sheet.
	Name, Title string
	Heads       []string
	Widths      []float64
	// Page returns the rows after a token and the next one's, which is empty at the end. A cell is
	// a text (string), a count (int32, int64), a share (domain.Fraction) or another number (float64).
	Page func(ctx context.Context, token string) (rows [][]any, next string, err error)
}

// ListSheet receives the rows of a list, and passes them on as they come.
type ListSheet interface {
	Add(cells []any) error
	// Close writes what comes after the last row.
	Close() error
}

// ExportList writes a whole list and returns how many rows it has.
func ExportList(ctx context.Context, l List, sheet ListSheet) (rows int, err error) {
	for token := ""; ; {
		page, next, err := l.Page(ctx, token)
		if err != nil {
			return rows, err
		}
		for _, cells := range page {
			if err := sheet.Add(cells); err != nil {
				return rows, err
			}
			rows++
		}
		if next == "" {
			return rows, sheet.Close()
		}
		token = next
	}
}
