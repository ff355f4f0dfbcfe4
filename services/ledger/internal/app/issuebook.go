package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/domain"
)

// ErrFileGone is the answer for a file that is kept no more.
var ErrFileGone = fault.New(fault.Precondition, "IMPORT_FILE_GONE", "原文件已超过保存期限，不能再下载；请重新上传同一文件")

// issueHead is the column that says what is odd in a row.
const issueHead = "异常说明"

// mostFiles bounds what the kept files take, whatever their number in the time.
const mostFiles = 24

// Book is a workbook that is being written, a sheet after the other.
type Book interface {
	Add(sheet string, row int, cells []string) error
	Close() error
}

// keep keeps the file for as long as configured, and forgets older ones.
func (m *Imports) keep(ctx context.Context, id, path string) error {
	if err := m.Store.DropOldFiles(ctx, time.Now().AddDate(0, 0, -m.KeepDays), mostFiles); err != nil {
		return err
	}
	if m.KeepDays == 0 {
		return nil
	}
	file, err := os.Open(path) //nolint:gosec // our own temporary file
	if err != nil {
		return fmt.Errorf("keeping a file: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read from
	return m.Store.KeepFile(ctx, id, file)
}

// Export writes an import's file again, with a column that says what is odd in each row.
// dir is where the file is unsealed to for as long as that takes.
func (m *Imports) Export(ctx context.Context, id, dir string, to Book) (err error) {
	imported, err := m.Get(ctx, id)
	if err != nil {
		return err
	}
	if imported.State != "SUCCEEDED" {
		return errNotComparable
	}
	file, err := os.CreateTemp(dir, "export-*")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	if err := errors.Join(m.Store.WriteFile(ctx, id, file), file.Close()); err != nil {
		return err
	}
	if err := m.Store.RecordExport(ctx, id); err != nil {
		return err
	}
	// The column is behind the last of each sheet.
	widths := map[string]int{}
	if err := m.walk(file.Name(), func(sheet string, _ int, cells []string) error {
		widths[sheet] = max(widths[sheet], len(cells))
		return nil
	}); err != nil {
		return err
	}
	remarks := remarks{store: m.Store, id: id}
	if err := m.walk(file.Name(), func(sheet string, row int, cells []string) error {
		remark, err := remarks.of(ctx, sheet, row, cells)
		if err != nil {
			return err
		}
		if remark != "" {
			cells = append(append(cells, make([]string, widths[sheet]-len(cells))...), remark)
		}
		return to.Add(sheet, row, cells)
	}); err != nil {
		return err
	}
	return to.Close()
}

// walk passes all rows of a workbook on.
func (m *Imports) walk(path string, each func(sheet string, row int, cells []string) error) (err error) {
	sheets, err := m.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sheets.Close()) }()
	for {
		sheet, row, cells, err := sheets.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := each(sheet, row, cells); err != nil {
			return err
		}
	}
}

// remarks say what is odd in the rows of a workbook, asked for in order.
type remarks struct {
	store   ImportStore
	id      string
	headers headers
	// issues are the next ones of the sheet, in order.
	sheet  string
	issues []Issue
	ended  bool
}

const remarksAtOnce = 1000

// of returns what is to be written behind a row, "" for nothing.
func (r *remarks) of(ctx context.Context, sheet string, row int, cells []string) (string, error) {
	had := r.headers.header != nil && r.headers.sheet == sheet
	if !r.headers.below(sheet, cells) {
		if !had && r.headers.header != nil {
			return issueHead, nil
		}
		return "", nil
	}
	if sheet != r.sheet {
		r.sheet, r.issues, r.ended = sheet, nil, false
	}
	for {
		for len(r.issues) > 0 && r.issues[0].Row < row {
			r.issues = r.issues[1:]
		}
		if len(r.issues) > 0 || r.ended {
			break
		}
		var err error
		f := IssueFilter{AfterRow: row - 1, AfterSheet: lastSheet, Sheet: sheet, Most: remarksAtOnce}
		if r.issues, err = r.store.ListIssues(ctx, r.id, f); err != nil {
			return "", err
		}
		r.ended = len(r.issues) < remarksAtOnce
	}
	if len(r.issues) == 0 || r.issues[0].Row != row {
		return "", nil
	}
	return Describe(r.issues[0].Flags), nil
}

// lastSheet is behind every sheet's name: what comes after it is in a later row.
const lastSheet = "\U0010ffff"

// Describe says flags in words, Chinese.
func Describe(flags []domain.Flag) string {
	texts := make([]string, len(flags))
	for i, f := range flags {
		texts[i] = f.Text()
	}
	return strings.Join(texts, "；")
}
