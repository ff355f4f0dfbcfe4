package workbook

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"
)

// maxIndexPart bounds the parts that tell what else is in a workbook.
const maxIndexPart = 1 << 20

const (
	workbookPart = "xl/workbook.xml"
	sharedPart   = "xl/sharedStrings.xml"
)

// sheetPart is a sheet and the part of the archive that holds it.
type sheetPart struct {
	name string
	file *zip.File
}

// parts are those of a workbook of the common kind.
type parts struct {
	sheets []sheetPart
	shared *zip.File
}

type relations struct {
	Relation []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
		Mode   string `xml:"TargetMode,attr"`
	} `xml:"Relationship"`
}

func findParts(files []*zip.File) (p parts, err error) {
	byName := make(map[string]*zip.File, len(files))
	for _, f := range files {
		// Others would take these for the same.
		name := strings.ToLower(f.Name)
		if byName[name] != nil || strings.ContainsRune(name, '\\') {
			return p, errUnusual
		}
		byName[name] = f
	}
	part := func(name string) *zip.File {
		if f := byName[strings.ToLower(name)]; f != nil && f.Name == name {
			return f
		}
		return nil
	}
	var root, links relations
	if err := readIndex(part("_rels/.rels"), &root); err != nil {
		return p, err
	}
	book := false
	for _, r := range root.Relation {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			if book || strings.TrimPrefix(r.Target, "/") != workbookPart {
				return p, errUnusual
			}
			book = true
		}
	}
	var contents struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := readIndex(part(workbookPart), &contents); err != nil {
		return p, err
	}
	if err := readIndex(part("xl/_rels/workbook.xml.rels"), &links); err != nil {
		return p, err
	}
	targets := map[string]string{}
	for _, r := range links.Relation {
		if _, twice := targets[r.ID]; twice {
			return p, errUnusual
		}
		if targets[r.ID] = path.Join("xl", r.Target); strings.HasPrefix(r.Target, "/") {
			targets[r.ID] = strings.TrimPrefix(r.Target, "/")
		}
	}
	names := map[string]bool{}
	for _, s := range contents.Sheets {
		file := part(targets[s.ID])
		if names[strings.ToLower(s.Name)] || file == nil {
			return p, errUnusual
		}
		names[strings.ToLower(s.Name)] = true
		p.sheets = append(p.sheets, sheetPart{s.Name, file})
	}
	if !book || len(p.sheets) == 0 || byName[strings.ToLower(sharedPart)] != part(sharedPart) {
		return p, errUnusual
	}
	p.shared = part(sharedPart)
	return p, nil
}

func readIndex(file *zip.File, into any) error {
	if file == nil || file.UncompressedSize64 > maxIndexPart {
		return errUnusual
	}
	r, err := file.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", errUnusual, err)
	}
	defer r.Close() //nolint:errcheck // only read from
	if err := xml.NewDecoder(io.LimitReader(r, maxIndexPart)).Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errUnusual, err)
	}
	return nil
}
