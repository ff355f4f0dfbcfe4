package workbook

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

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
	var types, sheets, heads, links strings.Builder
	for i, name := range w.sheets {
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i+1, mimePrefix)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, escaped(name), i+1, i+1)
		if w.format.Head {
			fmt.Fprintf(&heads, `<definedName name="_xlnm.Print_Titles" localSheetId="%d">%s</definedName>`, i, escaped("'"+strings.ReplaceAll(name, "'", "''")+"'!$1:$1"))
		}
		fmt.Fprintf(&links, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, officeNS, i+1)
	}
	names := ""
	if heads.Len() > 0 {
		names = "<definedNames>" + heads.String() + "</definedNames>"
	}
	for _, part := range []struct{ name, content string }{
		{"[Content_Types].xml", `<Types xmlns="` + typesNS + `"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + mimePrefix + `sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="` + mimePrefix + `styles+xml"/>` + types.String() + `</Types>`},
		{"xl/styles.xml", styles},
		{"_rels/.rels", `<Relationships xmlns="` + relationsNS + `"><Relationship Id="rId1" Type="` + officeNS + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{workbookPart, `<workbook xmlns="` + mainNS + `" xmlns:r="` + officeNS + `"><sheets>` + sheets.String() + `</sheets>` + names + `</workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + relationsNS + `"><Relationship Id="styles" Type="` + officeNS +
			`/styles" Target="styles.xml"/>` + links.String() + `</Relationships>`},
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

func escaped(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text)) //nolint:errcheck // a strings.Builder refuses nothing
	return b.String()
}
