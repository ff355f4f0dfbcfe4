package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/xuri/excelize/v2"

	"baoxue.internal/deploy/internal/demoledger"
)

// benchSeed differs from the demonstration's: the children are new ones.
const benchSeed = 4711

// measureImport imports a dirty ledger over REST; its floor is excelize reading
// the rows of the same file and doing nothing with them.
func measureImport(ctx context.Context, s *system, o options) ([]result, error) {
	progress("import")
	name := filepath.Join(s.dir, "ledger.xlsx")
	if err := writeLedger(name, o.rows, benchSeed); err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := readPlainly(name); err != nil {
		return nil, err
	}
	floor := time.Since(begin)
	pid := s.program.Process.Pid
	if err := forgetPeak(pid); err != nil {
		return nil, err
	}
	before, err := memory(pid, "VmRSS")
	if err != nil {
		return nil, err
	}
	begin = time.Now()
	if err := s.importFile(ctx, name); err != nil {
		return nil, err
	}
	ours := time.Since(begin)
	peak, err := memory(pid, "VmHWM")
	if err != nil {
		return nil, err
	}
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	if err := s.tidy(ctx); err != nil {
		return nil, err
	}
	return []result{
		{"import over REST", "s", ours.Seconds(), floor.Seconds(), "excelize reading the same rows"},
		{"import over REST, peak of memory", "MB", peak, before, "the same process before it"},
	}, nil
}

// load imports what is there before anything is measured, in files of a distribution's size. The checkpoint
// that PostgreSQL would make minutes later gives it its files of log, and does not come amid what is measured.
func (s *system) load(ctx context.Context, rows int) error {
	const most = 300_000
	for seed := uint64(benchSeed + 1); rows > 0; seed++ {
		progress("nothing yet, loading " + strconv.Itoa(rows) + " rows")
		name := filepath.Join(s.dir, "loaded.xlsx")
		if err := writeLedger(name, min(rows, most), seed); err != nil {
			return err
		}
		if err := s.importFile(ctx, name); err != nil {
			return err
		}
		rows -= most
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	if err := s.tidy(ctx); err != nil {
		return err
	}
	_, err := s.ledger.Exec(ctx, "CHECKPOINT")
	return err
}

// tidy makes the databases as they are on a system that has run for a while: what PostgreSQL does by itself
// within minutes after so much was added is done, and not measured along with what comes next.
func (s *system) tidy(ctx context.Context) error {
	for _, service := range []string{"ledger", "verification", "reporting"} {
		conn, err := pgx.Connect(ctx, s.cluster.DSN("baoxue_"+service))
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, "VACUUM ANALYZE")
		if err = errors.Join(err, conn.Close(ctx)); err != nil {
			return err
		}
	}
	return nil
}

func writeLedger(name string, rows int, seed uint64) (err error) {
	f, err := os.Create(name) //nolint:gosec // below our own folder
	if err != nil {
		return err
	}
	if _, err := demoledger.Generate(f, demoledger.Options{Rows: rows, Seed: seed}); err != nil {
		return err
	}
	return f.Close()
}

func readPlainly(name string) (err error) {
	f, err := excelize.OpenFile(name)
	if err != nil {
		return err
	}
	rows, err := f.Rows(demoledger.SheetName)
	if err != nil {
		return err
	}
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			return err
		}
	}
	if err := rows.Error(); err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	return f.Close()
}

// importFile sends a file as a browser does.
func (s *system) importFile(ctx context.Context, name string) error {
	content, err := os.ReadFile(name) //nolint:gosec // written just now
	if err != nil {
		return err
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "ledger.xlsx")
	if err != nil {
		return err
	}
	if _, err := part.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	var into bytes.Buffer
	if err := s.province.do(ctx, http.MethodPost, "/v1/imports", w.FormDataContentType(), form.Bytes(), &into); err != nil {
		return err
	}
	return s.wait(ctx, into.Bytes())
}

type imported struct{ ID, State string }

// wait waits for the end of the import that was answered.
func (s *system) wait(ctx context.Context, answer []byte) error {
	var state imported
	if err := json.Unmarshal(answer, &state); err != nil {
		return err
	}
	// No more often than a page would ask: asking costs what the import could use.
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for state.State == "RUNNING" {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := s.province.json(ctx, http.MethodGet, "/v1/imports/"+state.ID, nil, &state); err != nil {
			return err
		}
	}
	if state.State != "SUCCEEDED" {
		return fmt.Errorf("the import ended as %s", state.State)
	}
	return nil
}
