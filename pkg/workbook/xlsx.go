package workbook

import (
	"archive/zip"
	"errors"
	"io"

	"baoxue.internal/pkg/fault"
)

// What a workbook may unpack to. A million rows of a ledger are some 400 MB of XML and
// shrink to a tenth; a bomb claims more, or shrinks to a thousandth.
const (
	maxUnzipped  = 1 << 30
	maxRatio     = 200
	ratioMatters = 64 << 20
	maxParts     = 10_000
)

// xlsx are the rows of a workbook: read plainly for as long as it is of the common kind,
// then by excelize, from the same row on.
type xlsx struct {
	path  string
	plain *plainXLSX
	whole *excelizeXLSX
	// given is the number of rows so far.
	given int
	sheet string
	row   int
}

func openXLSX(path string) (Rows, error) {
	if err := refuseBomb(path); err != nil {
		return nil, err
	}
	r := &xlsx{path: path}
	var err error
	r.plain, err = openPlain(path)
	if errors.Is(err, errUnusual) {
		err = r.goOn()
	}
	if err != nil {
		return nil, refusal(err, notWorkbook(err))
	}
	return r, nil
}

// refusal is the answer to a file that can't be read, where there is none of its own.
func refusal(err, otherwise error) error {
	if fault.As(err) != nil {
		return err
	}
	if errors.Is(err, errTooMuch) {
		return tooLarge().Because(err)
	}
	return otherwise
}

func tooLarge() *fault.Error {
	return fault.Newf(fault.Invalid, "FILE_TOO_LARGE",
		"该工作簿解压后超过 %d MB 或压缩比、行列数、单元格长度异常，无法导入；请删除多余的空白行列与工作表，或拆分后分别上传", maxUnzipped>>20)
}

// goOn has excelize read the rest.
func (r *xlsx) goOn() (err error) {
	if plain := r.plain; plain != nil {
		r.plain = nil
		if err := plain.Close(); err != nil {
			return err
		}
	}
	if r.whole, err = openExcelize(r.path); err != nil {
		return err
	}
	for range r.given {
		if _, _, err := r.whole.next(); err != nil {
			return err
		}
	}
	return nil
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
			return tooLarge()
		}
	}
	return nil
}

// Next implements Rows.
func (r *xlsx) Next() (sheet string, row int, cells []string, err error) {
	if r.plain != nil {
		row, cells, err = r.plain.next()
		r.sheet = r.plain.sheet
		if errors.Is(err, errUnusual) {
			err = r.goOn()
		}
	}
	if r.plain == nil && err == nil {
		row, cells, err = r.whole.next()
		r.sheet = r.whole.sheet
	}
	if errors.Is(err, io.EOF) {
		return "", 0, nil, io.EOF
	}
	if err != nil {
		return "", 0, nil, refusal(err, r.broken(err))
	}
	r.given++
	r.row = row
	return r.sheet, row, cells, nil
}

func (r *xlsx) broken(cause error) error {
	return fault.Newf(fault.Invalid, "FILE_NOT_WORKBOOK", "工作表“%s”第 %d 行之后无法读取，文件可能已损坏，请重新导出后上传", r.sheet, r.row).Because(cause)
}

// Close implements Rows.
func (r *xlsx) Close() error {
	var err error
	if r.plain != nil {
		err = r.plain.Close()
	}
	if r.whole != nil {
		err = errors.Join(err, r.whole.Close())
	}
	return err
}
