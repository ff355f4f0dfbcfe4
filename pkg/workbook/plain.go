package workbook

import (
	"archive/zip"
	"errors"
	"io"
	"path/filepath"

	"github.com/klauspost/compress/flate"
)

// plainXLSX reads a workbook of the common kind, as the Ministry's and the usual programs
// write it, several times as fast as excelize and in memory that doesn't grow.
type plainXLSX struct {
	archive *zip.ReadCloser
	shared  *sharedTexts
	sheets  []sheetPart
	sheet   string
	part    io.ReadCloser
	rows    *sheetReader
}

// openPlain fails with errUnusual for what only excelize may know.
func openPlain(name string) (*plainXLSX, error) {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return nil, err
	}
	r := &plainXLSX{archive: archive}
	if err := r.readTable(filepath.Dir(name)); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// readTable finds the sheets and reads the texts that they share; dir is where what
// doesn't fit in memory goes.
func (r *plainXLSX) readTable(dir string) (err error) {
	r.archive.RegisterDecompressor(zip.Deflate, flate.NewReader)
	p, err := findParts(r.archive.File)
	if err != nil {
		return err
	}
	r.sheets, r.shared = p.sheets, &sharedTexts{dir: dir}
	if p.shared == nil {
		return nil
	}
	table, err := p.shared.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, table.Close()) }()
	return r.shared.read(newScanner(table))
}

// next returns the next row that has a cell, which is of the sheet r.sheet.
func (r *plainXLSX) next() (row int, cells []string, err error) {
	for {
		if r.rows == nil {
			if len(r.sheets) == 0 {
				return 0, nil, io.EOF
			}
			if err := r.open(r.sheets[0]); err != nil {
				return 0, nil, err
			}
			r.sheets = r.sheets[1:]
		}
		row, cells, err = r.rows.next()
		if !errors.Is(err, io.EOF) {
			return row, cells, err
		}
		if err := r.part.Close(); err != nil {
			return 0, nil, err
		}
		r.part, r.rows = nil, nil
	}
}

func (r *plainXLSX) open(s sheetPart) (err error) {
	r.sheet = s.name
	if r.part, err = s.file.Open(); err != nil {
		return err
	}
	r.rows = &sheetReader{xml: newScanner(r.part), shared: r.shared}
	if err := r.rows.start(); !errors.Is(err, io.EOF) {
		return err
	}
	// A sheet without a table; the end of it is not that of the workbook.
	return errUnusual
}

// Close ends the reading.
func (r *plainXLSX) Close() error {
	var err error
	if r.part != nil {
		err = r.part.Close()
	}
	if r.shared != nil && r.shared.file != nil {
		err = errors.Join(err, r.shared.file.Close())
	}
	return errors.Join(err, r.archive.Close())
}
