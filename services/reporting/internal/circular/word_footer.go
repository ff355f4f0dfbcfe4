package circular

import (
	"github.com/gomutex/godocx/docx"
	"github.com/gomutex/godocx/wml/ctypes"
	"github.com/gomutex/godocx/wml/stypes"
)

// GB/T 9704 §7.5: the page's number in 4 号 (14 pt) Arabic numerals between two dashes, one character
// from the right, 7 mm below the text. The library writes no footers of its own.
const (
	footerRelation = "rIdPageNumber"
	footerPart     = "footer1.xml"
	footerXML      = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" +
		`<w:ftr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:pPr><w:ind w:right="280"/><w:jc w:val="right"/></w:pPr>` +
		footerRun + `<w:t xml:space="preserve">— </w:t></w:r>` +
		footerRun + `<w:fldChar w:fldCharType="begin"/></w:r>` + footerRun + `<w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>` +
		footerRun + `<w:fldChar w:fldCharType="separate"/></w:r>` + footerRun + `<w:t>1</w:t></w:r>` + footerRun + `<w:fldChar w:fldCharType="end"/></w:r>` +
		footerRun + `<w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>`
	footerRun = `<w:r><w:rPr><w:rFonts w:ascii="宋体" w:hAnsi="宋体" w:eastAsia="宋体"/><w:sz w:val="28"/></w:rPr>`
	// A line of 14 pt and 7 mm above it, in millimetres.
	footerHeight = 12
)

// numberPages adds the part that every section refers to.
func numberPages(file *docx.RootDoc) error {
	const kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"
	if err := file.ContentType.AddOverride("/word/"+footerPart, kind); err != nil {
		return err
	}
	file.FileMap.Store("word/"+footerPart, []byte(footerXML))
	file.Document.DocRels.Relationships = append(file.Document.DocRels.Relationships, &docx.Relationship{
		ID: footerRelation, Type: "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer", Target: footerPart,
	})
	return nil
}

func pageNumber() *ctypes.FooterReference {
	return &ctypes.FooterReference{Type: stypes.HdrFtrDefault, ID: footerRelation}
}
