package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/domain"
)

const (
	batchRows = 2000
	// maxImportRows is several times the greatest distribution; what is remembered of each
	// row, to know children that come twice, is bounded with it.
	maxImportRows = 2_000_000
	// maxSkipped are enough to tell what kind of rows they are.
	maxSkipped = 1000
)

// distribution reads the rows of a workbook: of every sheet what is below its header.
type distribution struct {
	sheets  Sheets
	places  *places
	headers headers
	// header is that of the sheet.
	header       *domain.Header
	sheet, first string
	found        bool
	read         int
	// skipped are rows that are no child's, since the last batch; there were skips of them
	// in all.
	skipped []Issue
	skips   int
	// seen is what there was of each child, by the beginning of its key.
	seen map[[16]byte]seen
	// numbered rows have a document number, which of masked ones is hidden; firstMasked tells where.
	numbered, masked int
	firstMasked      string
}

// seen are rows that may be of one child.
type seen struct {
	rows int32
	// named is set when one of them told by number and name whose it is.
	named bool
}

func newDistribution(sheets Sheets, places *places) *distribution {
	return &distribution{sheets: sheets, places: places, seen: map[[16]byte]seen{}}
}

// next returns the next rows; with io.EOF the last.
func (d *distribution) next(ctx context.Context) (b Batch, err error) {
	b.Rows = make([]StagedRow, 0, batchRows)
	for len(b.Rows) < batchRows && err == nil {
		b.Rows, err = d.take(b.Rows)
	}
	if errors.Is(err, io.EOF) && !d.found {
		return Batch{}, d.noHeader()
	}
	if errors.Is(err, io.EOF) && d.masked > 0 && d.masked == d.numbered {
		return Batch{}, d.onlyMasked()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return Batch{}, err
	}
	b.Skipped, d.skipped = d.skipped, nil
	if e := d.places.all(ctx, b.Rows); e != nil {
		return Batch{}, e
	}
	return b, err
}

// take reads one row, and appends it if it is a child's.
func (d *distribution) take(rows []StagedRow) ([]StagedRow, error) {
	sheet, number, cells, err := d.sheets.Next()
	if err != nil || !d.below(sheet, cells) {
		return rows, err
	}
	if d.header.OfWorklist() {
		return rows, d.isWorklist()
	}
	if flag := d.header.NoChild(cells); flag != "" {
		d.skip(number, flag)
		return rows, nil
	}
	row, empty := domain.ReadRow(d.header, cells)
	if empty {
		return rows, nil
	}
	if d.read++; d.read > maxImportRows {
		return rows, fault.Newf(fault.Invalid, "FILE_TOO_LARGE", "文件超过 %d 行，请拆分后分别上传", maxImportRows)
	}
	if row.IDNumber != "" {
		d.numbered++
	}
	if domain.IsMasked(row.IDNumber) {
		if d.masked++; d.masked == 1 {
			d.firstMasked = fmt.Sprintf("工作表“%s”第 %d 行", d.sheet, number)
		}
	}
	return append(rows, d.staged(row, number)), nil
}

func (d *distribution) skip(number int, flag domain.Flag) {
	if d.skips++; d.skips <= maxSkipped {
		d.skipped = append(d.skipped, Issue{Sheet: d.sheet, Row: number, Flags: []domain.Flag{flag}})
	}
}

// below reports whether a row is below its sheet's header.
func (d *distribution) below(sheet string, cells []string) bool {
	if d.first == "" {
		d.first = sheet
	}
	below := d.headers.below(sheet, cells)
	d.sheet, d.header = sheet, d.headers.header
	d.found = d.found || d.header != nil
	return below
}

func (d *distribution) noHeader() error {
	return fault.Newf(fault.Invalid, "HEADER_NOT_FOUND",
		"工作表“%s”前 %d 行中没有找到表头：同一行须有“姓名”“证件号码”两列", d.first, headerWithin)
}

// What this system gave out is no distribution: each of its rows would become a child that there is already,
// under a number that nobody has, and entries are never deleted.
func (d *distribution) isWorklist() error {
	return fault.Newf(fault.Invalid, "FILE_NOT_LEDGER",
		"工作表“%s”是本系统导出的核查清单，不是下发的台账；填写后请在“离线核查（Excel）”中上传", d.sheet)
}

func (d *distribution) onlyMasked() error {
	return fault.Newf(fault.Invalid, "FILE_NOT_LEDGER",
		"文件中的证件号码均已脱敏（自%s“证件号码”列起），是导出供查看的文件，不是下发的台账；请导入下发的原文件", d.firstMasked)
}

func (d *distribution) staged(row domain.Row, number int) StagedRow {
	key, like := row.IdentityKey(0), row.Likeness()
	before := d.count(like, !row.Incomplete())
	if before.rows > 0 {
		row.Flags = append(row.Flags, domain.FlagDuplicate)
	}
	if row.Incomplete() {
		// Nothing tells these children apart but that there are two rows: both are kept,
		// under a key that the same file gives again.
		equal := before
		if like != key {
			equal = d.count(key, false)
		}
		key = row.IdentityKey(int(equal.rows))
	}
	return StagedRow{
		Row: row, Sheet: d.sheet, Number: number, Key: key, Digest: row.ContentDigest(),
		Again: before.named && !row.Incomplete(),
	}
}

// count adds a row to those of one key, and returns what there was before it.
func (d *distribution) count(key [32]byte, named bool) seen {
	at := beginning(key)
	before := d.seen[at]
	d.seen[at] = seen{rows: before.rows + 1, named: before.named || named}
	return before
}

func beginning(key [32]byte) [16]byte { return [16]byte(key[:16]) }
