package circular_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"baoxue.internal/services/reporting/internal/circular"
	"baoxue.internal/services/reporting/internal/domain"
)

// The document says what the page says, in the same order, and comes out the same each time:
// what is issued is frozen with its digest.
func TestTheDocumentSaysWhatThePageSays(t *testing.T) {
	b := bulletin(t, nil)
	b.Issue.Requirements = []string{"请逐人核实。", "请做好 <劝返> & 记录。"}
	b.Issue.State, b.Issue.Year, b.Issue.Number, b.Issue.IssuedAt = domain.Issued, 2019, 3, time.Date(2019, 8, 2, 9, 0, 0, 0, domain.Shanghai)
	var out, again bytes.Buffer
	for _, to := range []*bytes.Buffer{&out, &again} {
		if err := circular.Word(b, to); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Error("it comes out otherwise the second time")
	}
	if name := os.Getenv("BAOXUE_DOCUMENT"); name != "" {
		if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	numbered(t, out.Bytes())
	text := textOf(t, out.Bytes())
	d := circular.Compose(b)
	want := []string{d.Issuer, d.Number, d.Title[0], d.Title[1], d.To}
	want = append(want, d.Opening...)
	for _, s := range d.Sections {
		want = append(append(want, s.Heading), s.Paragraphs...)
	}
	for _, a := range d.Annexes {
		want = append(append(want, a.Title), a.Head...)
		for _, line := range a.Lines {
			want = append(want, line.Cells...)
		}
	}
	// What is issued ends with who printed it, and when.
	want = append(want, "浙江省教育厅办公室", "2019年8月2日印发")
	for rest, i := text, 0; i < len(want); i++ {
		_, after, ok := strings.Cut(rest, want[i])
		if !ok {
			t.Fatalf("%q is missing, or out of order", want[i])
		}
		rest = after
	}
	if html := page(t, b); !strings.Contains(html, "三、需要重视的问题") || !strings.Contains(html, "四、下阶段工作要求") {
		t.Error("the sections are not numbered in a row")
	} else if !strings.Contains(html, "2019年8月2日印发</span></footer>") {
		t.Error("the page has no imprint")
	}
	if draft := page(t, bulletin(t, nil)); strings.Contains(draft, "印发</span>") {
		t.Error("a draft has an imprint")
	}
}

// numbered wants the page's number on the pages of each section.
func numbered(t *testing.T, document []byte) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(document), int64(len(document)))
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		f, err := archive.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	body := read("word/document.xml")
	for part, pages := range map[string]string{"footer1.xml": "default", "footer2.xml": "even"} {
		footer := read("word/" + part)
		if !strings.Contains(footer, " PAGE ") || xml.Unmarshal([]byte(footer), new(struct{})) != nil || strings.Contains(footer, `"right"`) != (pages == "default") {
			t.Errorf("no number of the %s page: %s", pages, footer)
		}
		referred := strings.Count(body, `<w:footerReference w:type="`+pages+`"`)
		if sections := strings.Count(body, "<w:sectPr"); sections < 2 || sections != referred {
			t.Errorf("%d sections, %d with a number on %s pages", sections, referred, pages)
		}
		if !strings.Contains(read("word/_rels/document.xml.rels"), part) || !strings.Contains(read("[Content_Types].xml"), "/word/"+part) {
			t.Errorf("nothing leads to %s", part)
		}
	}
	if settings := read("word/settings.xml"); !strings.Contains(settings, "<w:evenAndOddHeaders/>") || xml.Unmarshal([]byte(settings), new(struct{})) != nil {
		t.Errorf("even pages are as odd ones: %s", settings)
	}
}

// textOf is all text of the document's main part.
func textOf(t *testing.T, content []byte) string {
	t.Helper()
	file, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	part, err := file.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for decoder := xml.NewDecoder(part); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		if characters, ok := token.(xml.CharData); ok {
			text.Write(characters)
		}
	}
}
