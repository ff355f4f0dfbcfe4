package workbook

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/klauspost/compress/flate"
)

// Writer writes rows straight into a workbook, sheet after sheet, and keeps none. Every
// cell is text: a number would lose digits, and what begins with = is no formula.
type Writer struct {
	zip    *zip.Writer
	sheets []string
	part   *bufio.Writer
}

// NewWriter returns a writer to w.
func NewWriter(w io.Writer) *Writer {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	return &Writer{zip: z}
}

const (
	sheetOpen  = xml.Header + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	sheetClose = `</sheetData></worksheet>`
)

// Add writes a row, which comes after all of its sheet that have been written; a sheet's
// rows come together.
func (w *Writer) Add(sheet string, row int, cells []string) error {
	if len(w.sheets) == 0 || w.sheets[len(w.sheets)-1] != sheet {
		if err := w.begin(sheet); err != nil {
			return err
		}
	}
	// A bufio.Writer remembers its first error: the last call tells it.
	_, err := fmt.Fprintf(w.part, `<row r="%d">`, row)
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		fmt.Fprintf(w.part, `<c r="%s%d" t="inlineStr"><is><t xml:space="preserve">`, columnName(i+1), row)
		if err = xml.EscapeText(w.part, []byte(Literal(cell))); err != nil {
			return fmt.Errorf("workbook: %w", err)
		}
		_, err = w.part.WriteString(`</t></is></c>`)
	}
	if err == nil {
		_, err = w.part.WriteString("</row>")
	}
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	return nil
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
	_, err = w.part.WriteString(sheetOpen)
	return err
}

func (w *Writer) end() error {
	if w.part == nil {
		return nil
	}
	if _, err := w.part.WriteString(sheetClose); err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	return w.part.Flush()
}

const (
	typesNS     = "http://schemas.openxmlformats.org/package/2006/content-types"
	relationsNS = "http://schemas.openxmlformats.org/package/2006/relationships"
	officeNS    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	mainNS      = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	mimePrefix  = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// Close writes what tells the sheets.
func (w *Writer) Close() error {
	if len(w.sheets) == 0 {
		if err := w.begin("Sheet1"); err != nil {
			return err
		}
	}
	if err := w.end(); err != nil {
		return err
	}
	var types, sheets, links strings.Builder
	for i, name := range w.sheets {
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i+1, mimePrefix)
		fmt.Fprintf(&sheets, `<sheet name="`)
		if err := xml.EscapeText(&sheets, []byte(name)); err != nil {
			return fmt.Errorf("workbook: %w", err)
		}
		fmt.Fprintf(&sheets, `" sheetId="%d" r:id="rId%d"/>`, i+1, i+1)
		fmt.Fprintf(&links, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, officeNS, i+1)
	}
	for _, part := range []struct{ name, content string }{
		{"[Content_Types].xml", `<Types xmlns="` + typesNS + `"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + mimePrefix + `sheet.main+xml"/>` +
			types.String() + `</Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + relationsNS + `"><Relationship Id="rId1" Type="` + officeNS + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{workbookPart, `<workbook xmlns="` + mainNS + `" xmlns:r="` + officeNS + `"><sheets>` + sheets.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + relationsNS + `">` + links.String() + `</Relationships>`},
	} {
		out, err := w.zip.Create(part.name)
		if err != nil {
			return fmt.Errorf("workbook: %w", err)
		}
		if _, err := io.WriteString(out, xml.Header+part.content); err != nil {
			return fmt.Errorf("workbook: %w", err)
		}
	}
	if err := w.zip.Close(); err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	return nil
}
