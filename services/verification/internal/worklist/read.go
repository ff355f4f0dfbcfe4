package worklist

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/workbook"
	"baoxue.internal/services/verification/internal/domain"
)

// errNotWorklist refuses a workbook of another kind.
var errNotWorklist = fault.New(fault.Invalid, "WORKLIST_INVALID",
	"该工作簿不是本系统导出的核查清单（缺少“"+listSheet+"”工作表或其隐藏列），请重新导出清单，填写后原样上传")

// Read implements app.Sheets. Columns are found by their heads; whatever else is in the
// workbook is left alone.
func (Sheets) Read(path string) (list domain.Worklist, err error) {
	rows, err := workbook.OpenXLSX(path)
	if err != nil {
		return list, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	r := reading{}
	for {
		sheet, number, cells, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return domain.Worklist{}, err
		}
		if sheet != listSheet {
			continue
		}
		if err := r.row(number, cells); err != nil {
			return domain.Worklist{}, err
		}
	}
	if r.places == nil || len(r.list.Rows) == 0 {
		return domain.Worklist{}, errNotWorklist
	}
	return r.whole(), nil
}

// reading is a list of which some rows are read.
type reading struct {
	list domain.Worklist
	// ids are of the lists that the rows say they are of.
	ids []string
	// places are the columns' in the sheet, by their heads; nil before the head.
	places map[string]int
}

func (r *reading) row(number int, cells []string) error {
	if r.places == nil {
		return r.head(cells)
	}
	row := domain.WorklistRow{Number: number, EntryID: r.cell(cells, keyHeads[0]), Mark: r.cell(cells, keyHeads[3])}
	for _, head := range domain.ShownColumns {
		row.Shown = append(row.Shown, r.cell(cells, head))
	}
	for _, c := range domain.FilledColumns {
		row.Filled = append(row.Filled, r.cell(cells, c.Head))
	}
	if row.EntryID == "" && row.Blank() {
		return nil
	}
	if len(r.list.Rows) == domain.MostWorklistRows {
		return domain.ErrWorklistTooLong
	}
	r.ids = append(r.ids, r.cell(cells, keyHeads[2]))
	revision, err := strconv.ParseInt(r.cell(cells, keyHeads[1]), 10, 32)
	if err != nil || revision < 0 {
		row.Mark = ""
	}
	row.BaseRevision = revision
	r.list.Rows = append(r.list.Rows, row)
	return nil
}

// whole is the list that most rows are of; the others have no mark in it.
func (r *reading) whole() domain.Worklist {
	times := map[string]int{}
	for _, id := range r.ids {
		if times[id]++; times[id] > times[r.list.ID] {
			r.list.ID = id
		}
	}
	for i, id := range r.ids {
		if id != r.list.ID {
			r.list.Rows[i].Mark = ""
		}
	}
	return r.list
}

func (r *reading) head(cells []string) error {
	places := map[string]int{}
	for i, head := range cells {
		head = strings.TrimSpace(head)
		if _, twice := places[head]; twice && head != "" {
			return errNotWorklist
		}
		places[head] = i
	}
	for _, head := range columns() {
		if _, there := places[head]; !there && head != remarkHead && !slices.Contains(domain.ShownColumns, head) {
			return errNotWorklist
		}
	}
	r.places = places
	return nil
}

// cell is a row's text under a head.
func (r *reading) cell(cells []string, head string) string {
	place, there := r.places[head]
	if !there || place >= len(cells) {
		return ""
	}
	return strings.TrimSpace(strings.Map(seen, strings.ToValidUTF8(cells[place], "�")))
}

// seen drops what nobody sees: it comes along when a name is copied from a chat. Lines stay lines.
func seen(r rune) rune {
	if unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && !unicode.IsSpace(r) {
		return -1
	}
	return r
}
