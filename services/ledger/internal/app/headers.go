package app

import "baoxue.internal/services/ledger/internal/domain"

// The rows above the header: titles, notes. Ledgers have few.
const headerWithin = 30

// headers finds the header of each sheet.
type headers struct {
	// header is that of the sheet, nil as long as there is none.
	header *domain.Header
	sheet  string
	// looked is how many rows of the sheet were looked at for it.
	looked int
	begun  bool
}

// below reports whether a row is below its sheet's header; the header itself is not.
func (h *headers) below(sheet string, cells []string) bool {
	if sheet != h.sheet || !h.begun {
		*h = headers{sheet: sheet, begun: true}
	}
	if h.header != nil {
		return true
	}
	if h.looked++; h.looked > headerWithin {
		return false
	}
	if header, ok := domain.ReadHeader(cells); ok {
		h.header = header
	}
	return false
}
