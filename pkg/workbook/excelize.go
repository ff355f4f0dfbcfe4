package workbook

import (
	"archive/zip"
	"errors"
	"io"
	"path/filepath"

	"github.com/xuri/excelize/v2"
)

// maxInMemory is the size of a sheet from which on excelize unpacks it to a file.
const maxInMemory = 1 << 20

// excelizeXLSX reads whatever excelize can.
type excelizeXLSX struct {
	file   *excelize.File
	sheets []string
	sheet  string
	rows   *excelize.Rows
	number int
}

func openExcelize(path string) (*excelizeXLSX, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(vet(archive.File), archive.Close()); err != nil {
		return nil, err
	}
	file, err := excelize.OpenFile(path, excelize.Options{
		// Cells as they are stored: a date as its serial, a number unrounded.
		RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxInMemory, TmpDir: filepath.Dir(path),
	})
	if err != nil {
		return nil, err
	}
	return &excelizeXLSX{file: file, sheets: file.GetSheetList()}, nil
}

// next returns the next row that has a cell, which is of the sheet r.sheet.
func (r *excelizeXLSX) next() (row int, cells []string, err error) {
	for {
		if r.rows == nil {
			if len(r.sheets) == 0 {
				return 0, nil, io.EOF
			}
			r.sheet, r.sheets, r.number = r.sheets[0], r.sheets[1:], 0
			if r.rows, err = r.file.Rows(r.sheet); err != nil {
				return 0, nil, err
			}
		}
		for r.rows.Next() {
			r.number++
			if cells, err = r.rows.Columns(); err != nil {
				return 0, nil, err
			}
			if len(cells) > 0 {
				return r.number, cells, nil
			}
		}
		err := errors.Join(r.rows.Error(), r.rows.Close())
		if r.rows = nil; err != nil {
			return 0, nil, err
		}
	}
}

// Close ends the reading and removes what was unpacked.
func (r *excelizeXLSX) Close() error {
	var err error
	if r.rows != nil {
		err = r.rows.Close()
	}
	return errors.Join(err, r.file.Close())
}
