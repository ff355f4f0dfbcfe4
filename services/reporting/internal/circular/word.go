package circular

import (
	"bytes"
	"fmt"
	"io"

	"github.com/gomutex/godocx"
	"github.com/gomutex/godocx/docx"
	"github.com/gomutex/godocx/wml/ctypes"
	"github.com/gomutex/godocx/wml/stypes"

	"baoxue.internal/services/reporting/internal/domain"
)

// GB/T 9704: A4; 上白边 37 mm, 订口 28 mm, 版心 156 × 225 mm; 标题 2 号 (22 pt), 正文 3 号
// (16 pt), 每面 22 行 (29 pt a line). Lengths are in twentieths of a point.
const (
	millimetre    = 56.6929
	pageWidth     = 210
	pageHeight    = 297
	lineOf16      = 580
	lineOfTable   = 280
	titleFont     = "方正小标宋简体"
	headingFont   = "黑体"
	textFont      = "仿宋"
	tableFont     = "宋体"
	red           = "DD0000"
	twoCharacters = 640
	// ruleWidth is in eighths of a point: 0.7 mm.
	ruleWidth = 16
	// nameWidth and cellWidth are those of the columns of a table.
	nameWidth, cellWidth = 1700, 700
)

// Word writes the bulletin as a .docx.
func Word(b domain.Bulletin, out io.Writer) error {
	if err := word(Compose(b), out); err != nil {
		return fmt.Errorf("bulletin document of %s: %w", b.Month, err)
	}
	return nil
}

func word(d Document, out io.Writer) error {
	file, err := godocx.NewDocument()
	if err != nil {
		return err
	}
	if err := numberPages(file); err != nil {
		return err
	}
	w := writer{file}
	w.centred(d.Issuer, titleFont, 34, 0).Color(red)
	w.centred(d.Number, textFont, 16, lineOf16)
	w.rule()
	w.centred(d.Title[0], titleFont, 22, 720)
	w.centred(d.Title[1], titleFont, 22, 720)
	w.paragraph(d.To, textFont, 0)
	for _, text := range d.Opening {
		w.paragraph(text, textFont, twoCharacters)
	}
	for i, section := range d.Sections {
		w.paragraph(ordinal(i)+"、"+section.Heading, headingFont, twoCharacters)
		for _, text := range section.Paragraphs {
			w.paragraph(text, textFont, twoCharacters)
		}
	}
	w.paragraph("", textFont, 0)
	for i, a := range d.Annexes {
		label := "附件："
		if i > 0 {
			label = "　　　"
		}
		w.paragraph(fmt.Sprintf("%s%d. %s", label, i+1, a.Title), textFont, 0)
	}
	w.paragraph("", textFont, 0)
	for _, text := range []string{d.Issuer, d.Signed} {
		p, _ := w.line(text, textFont, 16, lineOf16)
		p.Justification(stypes.JustificationRight)
	}
	w.endSection(upright())
	for i, a := range d.Annexes {
		w.annex(i+1, a)
	}
	if d.Imprint != (Imprint{}) {
		w.imprint(d.Imprint)
	}
	file.Document.Body.SectPr = lying()
	var whole bytes.Buffer
	if err := file.Write(&whole); err != nil {
		return err
	}
	return withEvenPages(whole.Bytes(), out)
}

type writer struct{ file *docx.RootDoc }

// line adds a paragraph whose lines are that high, in twentieths of a point; 0 as the font is.
func (w writer) line(text, font string, points uint64, height int) (*docx.Paragraph, *docx.Run) {
	p := w.file.AddEmptyParagraph()
	return p, fill(p, text, font, points, height)
}

func (w writer) centred(text, font string, points uint64, height int) *docx.Run {
	p, run := w.line(text, font, points, height)
	p.Justification(stypes.JustificationCenter)
	return run
}

// rule is the red line (红色分隔线) below the number.
func (w writer) rule() {
	p, _ := w.line("", textFont, 16, lineOf16)
	colour, size := red, ruleWidth
	property(p).Border = &ctypes.ParaBorder{Top: &ctypes.Border{Val: stypes.BorderStyleSingle, Color: &colour, Size: &size}}
}

// paragraph is one of the text, its first line indented.
func (w writer) paragraph(text, font string, indent uint64) {
	p, _ := w.line(text, font, 16, lineOf16)
	p.Justification(stypes.JustificationBoth)
	p.Indent(&ctypes.Indent{FirstLine: &indent})
}

func (w writer) annex(number int, a Annex) {
	label, _ := w.line(fmt.Sprintf("附件 %d", number), headingFont, 14, 0)
	if number > 1 {
		property(label).PageBreakBefore = ctypes.OnOffFromBool(true)
	}
	w.centred(a.Title, titleFont, 18, 0)
	table := w.file.AddTable()
	table.Style("TableGrid")
	table.Width(5000, stypes.TableWidthPct)
	table.Grid(nameWidth)
	head := table.AddRow()
	for column, title := range a.Head {
		if column > 0 {
			table.Grid(cellWidth)
		}
		tableCell(head, column, title, stypes.JustificationCenter, true)
	}
	// Repeated on each page of a long table.
	table.GetCT().RowContents[0].Row.Property.Header = ctypes.OnOffFromBool(true)
	for _, line := range a.Lines {
		row := table.AddRow()
		for column, text := range line.Cells {
			side := stypes.JustificationRight
			if column == 0 {
				side = stypes.JustificationLeft
			}
			tableCell(row, column, text, side, line.Sum)
		}
	}
	if a.Note != "" {
		w.line(a.Note, tableFont, 10, 0)
	}
}

func tableCell(row *docx.Row, column int, text string, side stypes.Justification, bold bool) {
	width := cellWidth
	if column == 0 {
		width = nameWidth
	}
	p := row.AddCell().Width(width, stypes.TableWidthDxa).AddEmptyPara()
	p.Justification(side)
	fill(p, text, tableFont, 9, lineOfTable).Bold(bold)
}

// endSection ends a part that has pages of its own.
func (w writer) endSection(pages *ctypes.SectionProp) {
	p := w.file.AddEmptyParagraph()
	property(p).SectPr = pages
}

func property(p *docx.Paragraph) *ctypes.ParagraphProp {
	ct := p.GetCT()
	if ct.Property == nil {
		ct.Property = ctypes.DefaultParaProperty()
	}
	return ct.Property
}

func fill(p *docx.Paragraph, text, font string, points uint64, height int) *docx.Run {
	spacing := ctypes.Spacing{Before: new(uint64), After: new(uint64)}
	if height > 0 {
		rule := stypes.LineSpacingRuleExact
		spacing.Line, spacing.LineRule = &height, &rule
	}
	property(p).Spacing = &spacing
	run := p.AddText(text).Size(points)
	fonts := &ctypes.RunFonts{Ascii: font, HAnsi: font, EastAsia: font}
	if p.GetCT().Children != nil {
		last := p.GetCT().Children[len(p.GetCT().Children)-1]
		last.Run.Property.Fonts = fonts
	}
	return run
}

// upright are the pages of the text, lying those of the tables.
func upright() *ctypes.SectionProp {
	return pages(pageWidth, pageHeight, stypes.PageOrientPortrait, [4]int{37, 26, 35, 28})
}

func lying() *ctypes.SectionProp {
	return pages(pageHeight, pageWidth, stypes.PageOrientLandscape, [4]int{28, 20, 28, 20})
}

// pages have margins top, right, bottom, left, in millimetres.
func pages(width, height int, orient stypes.PageOrient, margins [4]int) *ctypes.SectionProp {
	twips := func(mm int) *int {
		n := int(float64(mm) * millimetre)
		return &n
	}
	w, h := uint64(*twips(width)), uint64(*twips(height))
	return &ctypes.SectionProp{
		FooterReference: pageNumber(),
		PageSize:        &ctypes.PageSize{Width: &w, Height: &h, Orient: orient},
		PageMargin:      &ctypes.PageMargin{Top: twips(margins[0]), Right: twips(margins[1]), Bottom: twips(margins[2]), Left: twips(margins[3]), Footer: twips(margins[2] - footerHeight)},
	}
}
