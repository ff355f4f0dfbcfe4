package workbook

import (
	"archive/zip"
	"errors"
	"io"

	"github.com/xuri/excelize/v2"

	"baoxue.internal/pkg/fault"
)

// What a workbook may unpack to. A million rows of a ledger are some 400 MB of XML and
// shrink to a tenth; a bomb claims more, or shrinks to a thousandth.
const (
	maxUnzipped  = 1 << 30
	maxRatio     = 200
	ratioMatters = 64 << 20
	maxInMemory  = 16 << 20
	maxParts     = 10_000
)

type xlsx struct {
	file   *excelize.File
	sheets []string
	sheet  string
	rows   *excelize.Rows
	number int
}

func openXLSX(path string) (*xlsx, error) {
	if err := refuseBomb(path); err != nil {
		return nil, err
	}
	file, err := excelize.OpenFile(path, excelize.Options{
		// Cells as they are stored: a date as its serial, a number unrounded.
		RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxInMemory,
	})
	if err != nil {
		return nil, notWorkbook(err)
	}
	return &xlsx{file: file, sheets: file.GetSheetList()}, nil
}

// refuseBomb judges by the directory of the archive, before anything is unpacked. An
// archive that lies there fails when it is read.
func refuseBomb(path string) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return notWorkbook(err)
	}
	defer z.Close() //nolint:errcheck // only read from
	total := uint64(0)
	for _, part := range z.File {
		total += part.UncompressedSize64
		inflated := part.UncompressedSize64 > ratioMatters && part.UncompressedSize64/maxRatio > part.CompressedSize64
		if total > maxUnzipped || total < part.UncompressedSize64 || inflated || len(z.File) > maxParts {
			return fault.Newf(fault.Invalid, "FILE_TOO_LARGE",
				"该工作簿解压后超过 %d MB 或压缩比异常，无法导入；请删除多余的空白行列与工作表，或拆分后分别上传", maxUnzipped>>20)
		}
	}
	return nil
}

// Next implements Rows.
func (r *xlsx) Next() (sheet string, row int, cells []string, err error) {
	for {
		if r.rows == nil {
			if len(r.sheets) == 0 {
				return "", 0, nil, io.EOF
			}
			r.sheet, r.sheets, r.number = r.sheets[0], r.sheets[1:], 0
			if r.rows, err = r.file.Rows(r.sheet); err != nil {
				return "", 0, nil, r.broken(err)
			}
		}
		if r.rows.Next() {
			r.number++
			if cells, err = r.rows.Columns(); err != nil {
				return "", 0, nil, r.broken(err)
			}
			return r.sheet, r.number, cells, nil
		}
		if err := errors.Join(r.rows.Error(), r.rows.Close()); err != nil {
			return "", 0, nil, r.broken(err)
		}
		r.rows = nil
	}
}

func (r *xlsx) broken(cause error) error {
	return fault.Newf(fault.Invalid, "FILE_NOT_WORKBOOK", "工作表“%s”第 %d 行之后无法读取，文件可能已损坏，请重新导出后上传", r.sheet, r.number).Because(cause)
}

// Close implements Rows.
func (r *xlsx) Close() error {
	var err error
	if r.rows != nil {
		err = r.rows.Close()
	}
	return errors.Join(err, r.file.Close())
}
