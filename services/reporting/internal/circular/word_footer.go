package circular

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"

	"github.com/gomutex/godocx/docx"
	"github.com/gomutex/godocx/wml/ctypes"
	"github.com/gomutex/godocx/wml/stypes"
)

// GB/T 9704 §7.5: the page's number in 4 号 (14 pt) Arabic numerals between two dashes, one character
// from the outer edge (an odd page's right, an even one's left), 7 mm below the text. The library writes
// no footers of its own, and knows of one in each section.
const (
	oddFooter, evenFooter = "rIdOddPage", "rIdEvenPage"

	oddXML  = footerStart + `<w:ind w:right="280"/><w:jc w:val="right"/>` + footerEnd
	evenXML = footerStart + `<w:ind w:left="280"/>` + footerEnd

	footerStart = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" +
		`<w:ftr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:pPr>`
	footerEnd = `</w:pPr>` + footerRun + `<w:t xml:space="preserve">— </w:t></w:r>` +
		footerRun + `<w:fldChar w:fldCharType="begin"/></w:r>` + footerRun + `<w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>` +
		footerRun + `<w:fldChar w:fldCharType="separate"/></w:r>` + footerRun + `<w:t>1</w:t></w:r>` + footerRun + `<w:fldChar w:fldCharType="end"/></w:r>` +
		footerRun + `<w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>`
	footerRun = `<w:r><w:rPr><w:rFonts w:ascii="宋体" w:hAnsi="宋体" w:eastAsia="宋体"/><w:sz w:val="28"/></w:rPr>`
	// A line of 14 pt and 7 mm above it, in millimetres.
	footerHeight = 12
)

var errTemplate = errors.New("the library writes its documents otherwise than was known")

// numberPages adds the parts that every section refers to.
func numberPages(file *docx.RootDoc) error {
	const kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"
	for _, f := range []struct{ relation, part, content string }{{oddFooter, "footer1.xml", oddXML}, {evenFooter, "footer2.xml", evenXML}} {
		if err := file.ContentType.AddOverride("/word/"+f.part, kind); err != nil {
			return err
		}
		file.FileMap.Store("word/"+f.part, []byte(f.content))
		file.Document.DocRels.Relationships = append(file.Document.DocRels.Relationships, &docx.Relationship{
			ID: f.relation, Type: "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer", Target: f.part,
		})
	}
	return nil
}

func pageNumber() *ctypes.FooterReference {
	return &ctypes.FooterReference{Type: stypes.HdrFtrDefault, ID: oddFooter}
}

// withEvenPages gives the even pages of a document their own footer, in each section.
func withEvenPages(document []byte, out io.Writer) error {
	const (
		odd    = `<w:footerReference w:type="default" r:id="` + oddFooter + `"></w:footerReference>`
		even   = `<w:footerReference w:type="even" r:id="` + evenFooter + `"></w:footerReference>`
		before = `<w:characterSpacingControl`
	)
	from, err := zip.NewReader(bytes.NewReader(document), int64(len(document)))
	if err != nil {
		return err
	}
	to := zip.NewWriter(out)
	for _, f := range from.File {
		switch f.Name {
		case "word/document.xml":
			err = replaced(f, to, odd, odd+even)
		case "word/settings.xml":
			err = replaced(f, to, before, "<w:evenAndOddHeaders/>"+before)
		default:
			err = to.Copy(f)
		}
		if err != nil {
			return err
		}
	}
	return to.Close()
}

// replaced copies a part with another text in all places of one that it must have.
func replaced(f *zip.File, to *zip.Writer, old, text string) error {
	part, err := f.Open()
	if err != nil {
		return err
	}
	content, err := io.ReadAll(part)
	if err := errors.Join(err, part.Close()); err != nil {
		return err
	}
	if !bytes.Contains(content, []byte(old)) {
		return errTemplate
	}
	w, err := to.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: f.Modified})
	if err != nil {
		return err
	}
	_, err = w.Write(bytes.ReplaceAll(content, []byte(old), []byte(text)))
	return err
}
