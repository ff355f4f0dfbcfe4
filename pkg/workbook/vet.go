package workbook

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What excelize is given at most. It reads whole parts into memory, a row at a time of the
// sheets, and takes a part that breaks off for one that ends.
const (
	maxWholePart = 16 << 20
	maxWhole     = 64 << 20
	maxRowBytes  = 16 << 20
	maxRowText   = 64 << 20
	maxItem      = 256 << 10
	maxItems     = 2 << 20
)

var errDocumentType = errors.New("a workbook has no document types")

// vet goes through all XML of a workbook and fails for what would cost excelize more than
// a bounded memory, or what it would silently read as less than there is.
func vet(files []*zip.File) error {
	whole, longest := uint64(0), 0
	for _, f := range files {
		if !inPieces(f.Name) {
			if whole += f.UncompressedSize64; whole > maxWhole || f.UncompressedSize64 > maxWholePart {
				return errTooMuch
			}
		}
		if strings.EqualFold(f.Name, sharedPart) {
			v := vetted{}
			if err := v.part(f); err != nil {
				return err
			}
			longest = max(longest, v.longest)
		}
	}
	for _, f := range files {
		name := strings.ToLower(f.Name)
		if !strings.HasSuffix(name, ".xml") && !strings.HasSuffix(name, ".rels") || strings.EqualFold(f.Name, sharedPart) {
			continue
		}
		v := vetted{shared: longest}
		if err := v.part(f); err != nil {
			return err
		}
	}
	return nil
}

// inPieces tells the parts that excelize doesn't hold in memory when they are large.
func inPieces(name string) bool {
	return strings.HasPrefix(strings.ToLower(name), "xl/worksheets/sheet") || strings.EqualFold(name, sharedPart)
}

// vetted is what has been seen of a part.
type vetted struct {
	depth int
	// shared is the length of the longest shared text, longest of those of this part.
	shared, longest int
	items           int
	itemStart       int64
	rowStart        int64
	cells           int
}

func (v *vetted) part(f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // only read from
	pieces := &rationed{r: r}
	d := xml.NewDecoder(pieces)
	for {
		pieces.taken = 0
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			if v.depth > 0 {
				return io.ErrUnexpectedEOF
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		if err := v.token(t, d.InputOffset()); err != nil {
			return err
		}
	}
}

func (v *vetted) token(t xml.Token, at int64) error {
	switch t := t.(type) {
	case xml.Directive:
		return errDocumentType
	case xml.StartElement:
		if v.depth++; v.depth > maxDepth {
			return errTooMuch
		}
		v.start(t, at)
	case xml.EndElement:
		v.depth--
		switch t.Name.Local {
		case "si":
			v.longest = max(v.longest, int(at-v.itemStart))
		case "sheetData":
			v.rowStart = 0
		}
	}
	if v.items > maxItems || v.longest > maxItem || v.cells > maxColumns || v.cells*v.shared > maxRowText ||
		v.rowStart > 0 && at-v.rowStart > maxRowBytes {
		return errTooMuch
	}
	return nil
}

func (v *vetted) start(t xml.StartElement, at int64) {
	switch t.Name.Local {
	case "si":
		v.items++
		v.itemStart = at
	case "row", "sheetData":
		v.rowStart, v.cells = at, 0
	case "c":
		v.cells++
	}
}

// rationed gives so much for one token and no more.
type rationed struct {
	r     io.Reader
	taken int
}

func (p *rationed) Read(to []byte) (int, error) {
	if p.taken > maxToken {
		return 0, errTooMuch
	}
	n, err := p.r.Read(to)
	p.taken += n
	return n, err
}
