package workbook

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
)

// Writer writes rows straight into a workbook, sheet after sheet, and keeps none. A text
// stays one: as a number it would lose digits, and what begins with = is no formula.
type Writer struct {
	zip    *zip.Writer
	format Format
	sheets []string
	part   *bufio.Writer
	// names of the columns, the number of a row, and one in a cell, as they are written.
	names      []string
	row, digit []byte
}

// Format is how the sheets of a workbook look.
type Format struct {
	// Widths of the columns, in characters; none means as the reader likes.
	Widths []float64
	// Head is a first row that is bold, in sight when the rows are scrolled, and on every printed page.
	Head bool
}

// legible is how many characters a line of A4 across can have before they are too small to read.
const legible = 240

func (f Format) fits() bool {
	all := 0.0
	for _, width := range f.Widths {
		all += width
	}
	return all > 0 && all <= legible
}

// NewWriter returns a writer to w.
func NewWriter(w io.Writer) *Writer { return NewFormatted(w, Format{}) }

// NewFormatted returns a writer whose sheets have a format.
func NewFormatted(w io.Writer, f Format) *Writer {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	return &Writer{zip: z, format: f}
}

const (
	sheetOpen  = xml.Header + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`
	sheetClose = `</sheetData></worksheet>`
	// A sheet with a head is a table, printed across on A4: as wide as the page, if it can be read then.
	fitted     = `<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>`
	tableClose = `</sheetData><pageMargins left="0.4" right="0.4" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>` +
		`<pageSetup paperSize="9" fitToHeight="0" orientation="landscape"/>` +
		`<headerFooter><oddFooter>&amp;C第 &amp;P 页，共 &amp;N 页</oddFooter></headerFooter></worksheet>`
	frozenHead = `<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`
	// What is typed into a cell of text stays text.
	styles = `<styleSheet xmlns="` + mainNS + `"><fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>` +
		`<cellXfs count="5"><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>` +
		`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="3" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="10" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>`

	textOpen  = `" t="inlineStr"><is><t xml:space="preserve">`
	headOpen  = `" s="1" t="inlineStr"><is><t xml:space="preserve">`
	textClose = `</t></is></c>`
	// As the styles above: as it is, with separated thousands, in per cent with two decimals.
	numberOpen  = `" s="2"><v>`
	countOpen   = `" s="3"><v>`
	shareOpen   = `" s="4"><v>`
	numberClose = `</v></c>`
)

// Share is a part of a whole, which is 1. It is shown in per cent with two decimals.
type Share float64

// MostRows are as many as a sheet of this format can have.
const MostRows = 1 << 20

// Add writes a row of texts, which comes after all of its sheet that have been written; a
// sheet's rows come together.
func (w *Writer) Add(sheet string, row int, cells []string) error {
	if err := w.open(sheet, row); err != nil {
		return err
	}
	opened := textOpen
	if w.format.Head && row == 1 {
		opened = headOpen
	}
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		w.place(i)
		w.put(opened)
		w.text(cell)
		w.put(textClose)
	}
	return w.close()
}

// AddValues writes a row like Add, in which what can be added up stays a number: a count (int32,
// int64), a Share, any other number (float64). A string is a text; it refuses all other types.
func (w *Writer) AddValues(sheet string, row int, values []any) error {
	if err := w.open(sheet, row); err != nil {
		return err
	}
	for i, value := range values {
		if text, ok := value.(string); ok {
			if text != "" {
				w.place(i)
				w.put(textOpen)
				w.text(text)
				w.put(textClose)
			}
			continue
		}
		opened, err := w.number(value)
		if err != nil {
			return err
		}
		w.place(i)
		w.put(opened)
		w.part.Write(w.digit) //nolint:errcheck // said below
		w.put(numberClose)
	}
	return w.close()
}

// number makes the digits of a number, and returns how its cell begins.
func (w *Writer) number(value any) (opened string, err error) {
	w.digit = w.digit[:0]
	switch v := value.(type) {
	case int32:
		w.digit = strconv.AppendInt(w.digit, int64(v), 10)
		return countOpen, nil
	case int64:
		w.digit = strconv.AppendInt(w.digit, v, 10)
		return countOpen, nil
	case Share:
		w.digit = strconv.AppendFloat(w.digit, float64(v), 'g', -1, 64)
		return shareOpen, nil
	case float64:
		w.digit = strconv.AppendFloat(w.digit, v, 'g', -1, 64)
		return numberOpen, nil
	}
	return "", fmt.Errorf("workbook: a cell cannot be a %T", value)
}

// open begins a row.
func (w *Writer) open(sheet string, row int) error {
	if len(w.sheets) == 0 || w.sheets[len(w.sheets)-1] != sheet {
		if err := w.begin(sheet); err != nil {
			return err
		}
	}
	w.row = strconv.AppendInt(w.row[:0], int64(row), 10)
	w.put(`<row r="`)
	w.part.Write(w.row) //nolint:errcheck // said below
	w.put(`">`)
	return nil
}

// place begins a cell of the row with where it is.
func (w *Writer) place(column int) {
	for len(w.names) <= column {
		w.names = append(w.names, columnName(len(w.names)+1))
	}
	w.put(`<c r="`)
	w.put(w.names[column])
	w.part.Write(w.row) //nolint:errcheck // said below
}

// close ends a row. A bufio.Writer remembers its first error: this call tells it.
func (w *Writer) close() error {
	if _, err := w.part.WriteString("</row>"); err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	return nil
}

// put leaves errors to the row's last write.
func (w *Writer) put(text string) { w.part.WriteString(text) } //nolint:errcheck // said above

// text writes what a reader is to read; most texts are written as they are.
func (w *Writer) text(cell string) {
	if !strings.ContainsFunc(cell, special) && utf8.ValidString(cell) {
		w.put(cell)
		return
	}
	xml.EscapeText(w.part, []byte(Literal(cell))) //nolint:errcheck // a bufio.Writer remembers it
}

// special are characters that XML or the format write otherwise, or not at all.
func special(r rune) bool {
	return r < ' ' || r == '&' || r == '<' || r == '>' || r == '"' || r == '\'' || r == '_' || r >= 0xFFFE && r <= 0xFFFF
}

// Literal is what a file has to hold for a text to be read as it is.
func Literal(text string) string { return likeEscape.ReplaceAllString(text, "_x005F_$1") }

// likeEscape is a text that looks like one of the escapes of the format.
var likeEscape = regexp.MustCompile(`_(x[a-fA-F\d]{4}_)`)

// columnName is a column's letters, from 1.
func columnName(column int) string {
	if column == 0 {
		return ""
	}
	return columnName((column-1)/26) + string(rune('A'+(column-1)%26))
}

func (w *Writer) begin(sheet string) error {
	if err := w.end(); err != nil {
		return err
	}
	w.sheets = append(w.sheets, sheet)
	part, err := w.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", len(w.sheets)))
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	w.part = bufio.NewWriterSize(part, 1<<16)
	w.put(sheetOpen)
	if w.format.Head {
		if w.format.fits() {
			w.put(fitted)
		}
		w.put(frozenHead)
	}
	if len(w.format.Widths) > 0 {
		w.put("<cols>")
		for i, width := range w.format.Widths {
			fmt.Fprintf(w.part, `<col min="%d" max="%d" width="%g" customWidth="1"/>`, i+1, i+1, width)
		}
		w.put("</cols>")
	}
	_, err = w.part.WriteString("<sheetData>")
	return err
}

func (w *Writer) end() error {
	if w.part == nil {
		return nil
	}
	closing := sheetClose
	if w.format.Head {
		closing = tableClose
	}
	if _, err := w.part.WriteString(closing); err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	return w.part.Flush()
}
