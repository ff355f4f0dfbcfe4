package main

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/xuri/excelize/v2"
)

// measureExport takes the whole ledger as a workbook, each entry with a finding; its floor is
// excelize writing the same cells, which it is given for nothing.
func measureExport(ctx context.Context, s *system, _ options) ([]result, error) {
	if err := s.handleAll(ctx); err != nil {
		return nil, err
	}
	progress("export")
	pid := s.program.Process.Pid
	if err := forgetPeak(pid); err != nil {
		return nil, err
	}
	before, err := memory(pid, "VmRSS")
	if err != nil {
		return nil, err
	}
	streaming, err := login(ctx, s.http, s.province.username, s.province.password)
	if err != nil {
		return nil, err
	}
	streaming.http = &fasthttp.Client{StreamResponseBody: true}
	content := firstByte{begin: time.Now()}
	if err := streaming.get(ctx, "/v1/exports/entries.xlsx", &content); err != nil {
		return nil, err
	}
	ours := time.Since(content.begin)
	peak, err := memory(pid, "VmHWM")
	if err != nil {
		return nil, err
	}
	cells, err := cellsOf(&content.content)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := writePlainly(cells); err != nil {
		return nil, err
	}
	floor := time.Since(begin).Seconds()
	return []result{
		{"export over REST", "s", ours.Seconds(), floor, "excelize writing the same cells"},
		{"export over REST, first byte", "s", content.after.Seconds(), floor, "excelize writing the same cells"},
		{"export over REST, peak of memory", "MB", peak, before, "the same process before it"},
	}, nil
}

// firstByte keeps what is written and when that began.
type firstByte struct {
	content bytes.Buffer
	begin   time.Time
	after   time.Duration
}

// Write implements io.Writer.
func (f *firstByte) Write(p []byte) (int, error) {
	if f.after == 0 {
		f.after = time.Since(f.begin)
	}
	return f.content.Write(p)
}

func cellsOf(r io.Reader) ([][]any, error) {
	f, err := excelize.OpenReader(r)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		return nil, err
	}
	cells := make([][]any, len(rows))
	for i, row := range rows {
		for _, cell := range row {
			cells[i] = append(cells[i], cell)
		}
	}
	return cells, nil
}

func writePlainly(cells [][]any) error {
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	for i, row := range cells {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := w.SetRow(at, row); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Write(io.Discard); err != nil {
		return err
	}
	return f.Close()
}
