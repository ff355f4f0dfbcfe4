package demoledger

import (
	"strconv"

	"github.com/xuri/excelize/v2"
)

// cells lays the child out in the order of Columns. nil leaves a cell out,
// which is what a blank is in a real workbook.
func cells(c *child, source, number int, s styles) []any {
	t := &c.typing[source]
	national, school, localNo, status := "", "", "", ""
	if sources[source].source == NationalSuspected {
		national, school, localNo, status = c.national, c.school, c.localNo, c.status
	}
	return []any{
		number, text(t.name), t.dateCell(s), t.idCell(c, s), text(c.hukou), text(c.address), text(c.enrolled),
		text(national), text(school), text(localNo), text(status), nil,
		text(t.region), text(t.category), text(c.guardian), text(t.phone),
	}
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (t *typing) dateCell(s styles) any {
	switch d := t.date.(type) {
	case string:
		return text(d)
	case dateSerial:
		if d.styled {
			return excelize.Cell{StyleID: s.date, Value: d.days}
		}
		return d.days
	}
	return nil
}

func (t *typing) idCell(c *child, s styles) any {
	if c.idKind != IDLostDigits {
		return text(t.id)
	}
	n, err := strconv.ParseInt(t.id, 10, 64)
	if err != nil {
		return text(t.id) // never: eighteen digits fit
	}
	switch t.lost {
	case lostGeneral:
		return n
	case lostScientific:
		return excelize.Cell{StyleID: s.scientific, Value: n}
	default:
		return excelize.Cell{StyleID: s.whole, Value: n}
	}
}
