package workbook

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
)

// What a sheet has at most, by the program that made the format.
const (
	maxColumns = 16_384
	maxRows    = 1_048_576
)

// errDisorder says that rows or cells are not in their order, which excelize takes for
// another place.
var errDisorder = errors.New("rows or cells out of order")

// sheetReader reads the rows of one sheet of the common kind: elements without prefix,
// cells in order, values plain. Whatever else there is, is errUnusual.
type sheetReader struct {
	xml    *scanner
	shared *sharedTexts
	row    int
	// ahead is the tag after the row that was read last.
	ahead token
	// empty is a sheet without rows.
	empty bool
	// text has the values of one row one after the other, ends where each ends.
	text []byte
	ends []int
}

// start goes to the first row.
func (r *sheetReader) start() error {
	root, err := r.xml.next()
	if err != nil {
		return err
	}
	if root.kind != startTag || string(root.name) != "worksheet" {
		return errUnusual
	}
	for {
		t, err := r.xml.next()
		if err != nil {
			return err
		}
		if t.kind != startTag && t.kind != emptyTag {
			continue
		}
		switch local(t.name) {
		case "sheetData":
			inside := 2
			if r.empty = t.kind == emptyTag; r.empty {
				inside = 1
			}
			if string(t.name) != "sheetData" || r.xml.depth != inside {
				return errUnusual
			}
			return nil
		case "row", "c":
			return errUnusual
		}
	}
}

func local(name []byte) string {
	return string(name[bytes.IndexByte(name, ':')+1:])
}

// next returns the cells of the next row that has any; io.EOF after the last, when the
// rest of the sheet has been seen to be whole.
func (r *sheetReader) next() (row int, cells []string, err error) {
	if r.row == 0 && !r.empty {
		if err := r.lookAhead(); err != nil {
			return 0, nil, err
		}
	}
	for {
		if r.empty || r.ahead.kind == endTag {
			return 0, nil, r.finish()
		}
		if err := r.number(r.ahead.attributes); err != nil {
			return 0, nil, err
		}
		if r.ahead.kind == startTag {
			if cells, err = r.cells(); err != nil {
				return 0, nil, unexpected(err)
			}
		}
		// A row is given when it is known that nothing is added to it.
		if err := r.lookAhead(); err != nil {
			return 0, nil, err
		}
		if len(cells) > 0 {
			return r.row, cells, nil
		}
	}
}

// lookAhead goes to the next row, or to the end of the rows.
func (r *sheetReader) lookAhead() (err error) {
	for {
		if r.ahead, err = r.xml.next(); err != nil {
			return unexpected(err)
		}
		switch {
		case r.ahead.kind == textToken && len(bytes.TrimSpace(r.ahead.text)) == 0:
		case r.ahead.kind == endTag && string(r.ahead.name) == "sheetData":
			return nil
		case (r.ahead.kind == startTag || r.ahead.kind == emptyTag) && string(r.ahead.name) == "row":
			return nil
		default:
			return errUnusual
		}
	}
}

// unexpected is the end of a file where there must be more.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (r *sheetReader) finish() error {
	if _, err := io.Copy(io.Discard, r.xml.r); err != nil {
		return err
	}
	return io.EOF
}

func (r *sheetReader) number(attributes []byte) error {
	number := r.row + 1
	for {
		a, rest, ok, err := nextAttribute(attributes)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if string(a.name) == "r" {
			if number, ok = digits(a.value); !ok {
				return errUnusual
			}
			if number <= r.row {
				return errDisorder
			}
		} else if local(a.name) == "r" {
			return errUnusual
		}
		attributes = rest
	}
	if r.row = number; number > maxRows {
		return errTooMuch
	}
	return nil
}

// digits reads a small number.
func digits(text []byte) (number int, ok bool) {
	if len(text) == 0 || len(text) > 9 {
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		number = number*10 + int(c-'0')
	}
	return number, true
}

// cells reads the cells of a row up to its end.
func (r *sheetReader) cells() ([]string, error) {
	r.text, r.ends = r.text[:0], r.ends[:0]
	for column := 0; ; {
		t, err := r.xml.next()
		if err != nil {
			return nil, err
		}
		switch {
		case t.kind == textToken:
			if len(bytes.TrimSpace(t.text)) > 0 {
				return nil, errUnusual
			}
			continue
		case t.kind == endTag && string(t.name) == "row":
			return r.cut(), nil
		case t.kind == endTag || string(t.name) != "c":
			return nil, errUnusual
		}
		c, err := readCellTag(t.attributes)
		if err != nil {
			return nil, err
		}
		if column++; c.column > 0 {
			if c.column < column {
				return nil, errDisorder
			}
			column = c.column
		}
		if column > maxColumns {
			return nil, errTooMuch
		}
		if t.kind == startTag {
			if err := r.cell(c.kind, column); err != nil {
				return nil, err
			}
			if len(r.text) > maxRowBytes {
				return nil, errTooMuch
			}
		}
	}
}

// cut makes the row's values strings, which share one piece of memory.
func (r *sheetReader) cut() []string {
	if len(r.ends) == 0 {
		return nil
	}
	text, from := string(r.text), 0
	cells := make([]string, len(r.ends))
	for i, end := range r.ends {
		cells[i] = text[from:end]
		from = end
	}
	return cells
}

type cellKind int

const (
	numberCell cellKind = iota
	plainCell
	sharedCell
	inlineCell
)

type cellTag struct {
	// column is 0 when the tag doesn't say.
	column int
	kind   cellKind
}

func readCellTag(attributes []byte) (c cellTag, err error) {
	for {
		a, rest, ok, err := nextAttribute(attributes)
		if err != nil || !ok {
			return c, err
		}
		attributes = rest
		switch string(a.name) {
		case "r":
			if c.column = columnOf(a.value); c.column == 0 {
				return c, errUnusual
			}
		case "s":
			if _, ok := digits(a.value); !ok {
				return c, errUnusual
			}
		case "t":
			switch string(a.value) {
			case "s":
				c.kind = sharedCell
			case "inlineStr":
				c.kind = inlineCell
			case "n":
			case "str", "b", "e":
				c.kind = plainCell
			default:
				return c, errUnusual
			}
		default:
			if name := local(a.name); name == "r" || name == "s" || name == "t" {
				return c, errUnusual
			}
		}
	}
}

// columnOf reads the letters of a place like AB12; 0 when it is none.
func columnOf(place []byte) (column int) {
	letters := 0
	for letters < len(place) && place[letters] >= 'A' && place[letters] <= 'Z' {
		column = column*26 + int(place[letters]-'A'+1)
		if letters++; letters > 3 {
			return 0
		}
	}
	row, ok := digits(place[letters:])
	if !ok || row == 0 || row > maxRows || column > maxColumns {
		return 0
	}
	return column
}

// cell reads a cell's value and puts it in its column; one without a value leaves none.
func (r *sheetReader) cell(kind cellKind, column int) error {
	from, value, formula := len(r.text), false, false
	for {
		t, err := r.xml.next()
		if err != nil {
			return err
		}
		switch {
		case t.kind == textToken:
			if len(bytes.TrimSpace(t.text)) > 0 {
				return errUnusual
			}
		case t.kind == endTag:
			if string(t.name) != "c" {
				return errUnusual
			}
			r.place(from, column, formula)
			return nil
		case string(t.name) == "f":
			if formula {
				return errUnusual
			}
			formula = true
			if t.kind == startTag {
				if _, err := readLeaf(r.xml, "f", nil); err != nil {
					return err
				}
			}
		case string(t.name) == "v" && kind != inlineCell && !value:
			value = true
			if t.kind == startTag {
				if err := r.value(kind); err != nil {
					return err
				}
			}
		case string(t.name) == "is" && kind == inlineCell && !value:
			value = true
			if t.kind == startTag {
				if r.text, err = readItem(r.xml, "is", r.text); err != nil {
					return err
				}
			}
		default:
			return errUnusual
		}
	}
}

// place puts what was read since from into its column.
func (r *sheetReader) place(from, column int, formula bool) {
	if len(r.text) == from && !formula {
		return
	}
	for len(r.ends) < column-1 {
		r.ends = append(r.ends, from)
	}
	r.ends = append(r.ends, len(r.text))
}

func (r *sheetReader) value(kind cellKind) error {
	from := len(r.text)
	if kind != sharedCell {
		text, err := readLeaf(r.xml, "v", r.text)
		if r.text = text; kind == numberCell {
			r.text = roundedNumber(text, from)
		}
		return err
	}
	text, err := readLeaf(r.xml, "v", r.text)
	if err != nil {
		return err
	}
	if len(text) == from {
		r.text = text
		return nil
	}
	number, ok := digits(text[from:])
	if !ok {
		return errUnusual
	}
	r.text, err = r.shared.append(text[:from], number)
	return err
}

// roundedNumber writes a number of eighteen digits, of which a spreadsheet has kept
// fifteen, as what it is: read as a text it could be somebody's.
func roundedNumber(text []byte, from int) []byte {
	number := text[from:]
	if len(number) != 18 || !bytes.HasSuffix(number, []byte("000")) || bytes.ContainsAny(number, ".E+-") {
		return text
	}
	written := []byte{number[0]}
	if kept := bytes.TrimRight(number[1:], "0"); len(kept) > 0 {
		written = append(append(written, '.'), kept...)
	}
	return append(append(text[:from], written...), "E+17"...)
}

// readLeaf appends the text of an element that has nothing else in it.
func readLeaf(xml *scanner, name string, to []byte) ([]byte, error) {
	for {
		t, err := xml.next()
		if err != nil {
			return to, err
		}
		switch {
		case t.kind == textToken:
			if len(t.text) > maxItem {
				return to, errTooMuch
			}
			to = append(to, t.text...)
		case t.kind == endTag && string(t.name) == name:
			return to, nil
		default:
			return to, errUnusual
		}
	}
}

// readItem appends the text of an <si> or <is>: a <t>, or several in <r>; how runs look
// and how they are pronounced is passed over.
func readItem(xml *scanner, name string, to []byte) ([]byte, error) {
	from, texts, runs := len(to), 0, 0
	for {
		t, err := xml.next()
		if err != nil {
			return to, err
		}
		switch tag := string(t.name); {
		case t.kind == endTag:
			if tag != name || texts > 1 || texts == 1 && runs > 0 {
				return to, errUnusual
			}
			return escapes(to, from), nil
		case t.kind == textToken:
			if len(bytes.TrimSpace(t.text)) > 0 {
				return to, errUnusual
			}
		case t.kind == emptyTag && tag == "phoneticPr":
		case tag == "t":
			if texts++; t.kind == startTag {
				if to, err = readLeaf(xml, "t", to); err != nil {
					return to, err
				}
			}
		case t.kind == startTag && tag == "r":
			runs++
			if to, err = readRun(xml, to); err != nil {
				return to, err
			}
			if len(to)-from > maxItem {
				return to, errTooMuch
			}
		default:
			return to, errUnusual
		}
	}
}

// readRun appends the text of an <r>.
func readRun(xml *scanner, to []byte) ([]byte, error) {
	for texts := 0; ; {
		t, err := xml.next()
		if err != nil {
			return to, err
		}
		switch tag := string(t.name); {
		case t.kind == endTag:
			if tag != "r" {
				return to, errUnusual
			}
			return to, nil
		case t.kind == textToken:
			if len(bytes.TrimSpace(t.text)) > 0 {
				return to, errUnusual
			}
		case tag == "rPr":
			if err := passOver(xml, t); err != nil {
				return to, err
			}
		case tag == "t" && texts == 0:
			if texts++; t.kind == startTag {
				if to, err = readLeaf(xml, "t", to); err != nil {
					return to, err
				}
			}
		default:
			return to, errUnusual
		}
	}
}

// passOver goes behind the end of an element.
func passOver(xml *scanner, start token) error {
	if start.kind == emptyTag {
		return nil
	}
	for outside := xml.depth - 1; xml.depth > outside; {
		if _, err := xml.next(); err != nil {
			return err
		}
	}
	return nil
}

var escape = regexp.MustCompile(`_x[a-fA-F\d]{4}_`)

// escapes resolves what the format writes for characters that XML may not have.
func escapes(text []byte, from int) []byte {
	if !bytes.Contains(text[from:], []byte("_x")) {
		return text
	}
	return append(text[:from], escape.ReplaceAllFunc(text[from:], func(e []byte) []byte {
		char, err := strconv.Unquote(`"\u` + string(e[2:6]) + `"`)
		if err != nil {
			return nil
		}
		return []byte(char)
	})...)
}
