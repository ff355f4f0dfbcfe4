package app

import (
	"context"
	"io"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/domain"
)

// Import is one distribution of the Ministry being taken in.
type Import struct {
	ID, Filename, State                                                        string
	RowsRead, RowsStored, RowsFlagged, RowsCreated, RowsUpdated, RowsUnmatched int
	ErrorReason, ErrorMessage                                                  string
	CreatedAt                                                                  time.Time
	EndedAt                                                                    *time.Time
}

// StagedRow is a row on its way into the ledger.
type StagedRow struct {
	domain.Row
	Sheet  string
	Number int
	// Key and Digest are the row's identity and content.
	Key, Digest [32]byte
	// Again is set when an earlier row of the file has the same key.
	Again bool
	// CountyCode is where the row's region code leads, empty for the province's own
	// queue, and RoutingReason why.
	CountyCode, RoutingReason string
	// Suggestions are counties to offer if it leads to none.
	Suggestions []domain.Suggestion
}

// Issue is one row of a file with its flags.
type Issue struct {
	Sheet   string
	Row     int
	EntryID string
	Flags   []domain.Flag
}

// IssueFilter chooses issues after a row; empty fields choose all.
type IssueFilter struct {
	AfterRow   int
	AfterSheet string
	Flag       domain.Flag
	Sheet      string
	Most       int
}

// Batch are some rows of a file.
type Batch struct {
	Rows []StagedRow
	// Skipped are rows that are no child's.
	Skipped []Issue
}

// Merge is a file that is brought into the ledger.
type Merge struct {
	ImportID, Actor string
	// Rows reads the file, each time from its beginning. The store stops at an error.
	Rows func(ctx context.Context) iter.Seq2[Batch, error]
	// Progress is told of every batch.
	Progress *Progress
	// Due is the deadline of an entry that is routed on a day.
	Due func(day time.Time) time.Time
}

// Progress is how far an import is, in rows. Nothing is stored for good before its end.
type Progress struct{ Read, Stored, Flagged atomic.Int64 }

// Resolution says which county a region code leads to.
type Resolution struct {
	County     string
	Reason     string
	Candidates []string
}

// Regions is the region service.
type Regions interface {
	// Resolve answers for every code given.
	Resolve(ctx context.Context, codes []string) (map[string]Resolution, error)
	// Counties are today's.
	Counties(ctx context.Context) (*domain.Gazetteer, error)
	// Splits are the counties that were split and go on under their own codes.
	Splits(ctx context.Context) ([]Split, error)
}

// Sheets reads a workbook: next returns the sheet's name, the row's number and
// its cells, io.EOF at the end.
type Sheets interface {
	Next() (sheet string, row int, cells []string, err error)
	Close() error
}

// ImportStore is what importing needs of the store.
type ImportStore interface {
	CreateImport(ctx context.Context, filename, actor string) (Import, error)
	GetImport(ctx context.Context, id string) (Import, error)
	ListImports(ctx context.Context, before string, most int) ([]Import, error)
	ListIssues(ctx context.Context, id string, f IssueFilter) ([]Issue, error)
	// SetProgress fails with ErrCancelled once that was asked for.
	SetProgress(ctx context.Context, importID string, p *Progress) error
	// CancelImport asks whoever reads the file to stop; ErrImportEnded when nobody does.
	CancelImport(ctx context.Context, importID string) (Import, error)
	// Merge reads the rows into the ledger, routes the new entries, appends their
	// events, and finishes the import: all of it, or nothing of it is ever seen. It fails
	// with ErrCancelled when that was asked for before its end.
	Merge(ctx context.Context, m Merge) error
	// KeepFile keeps an import's file, sealed.
	KeepFile(ctx context.Context, importID string, file io.Reader) error
	// WriteFile writes a kept file; ErrFileGone when it is kept no more.
	WriteFile(ctx context.Context, importID string, to io.Writer) error
	// DropOldFiles forgets files from before an instant, and all but the newest.
	DropOldFiles(ctx context.Context, before time.Time, most int) error
	// RecordExport has the trail say that an import's file was given out.
	RecordExport(ctx context.Context, importID string) error
	CompareImports(ctx context.Context, id, base string) (Comparison, error)
	ListDifferences(ctx context.Context, id, base string, kind Difference, after string, most int) ([]Differing, error)
	// FailImport ends a running import and drops what it left.
	FailImport(ctx context.Context, importID, reason, message string) error
	// HoldImport marks an import as being worked on for as long as this process
	// lives, or until release.
	HoldImport(ctx context.Context, importID string) (release func(), err error)
	// FailInterrupted fails the running imports that no living process holds.
	FailInterrupted(ctx context.Context) (int, error)
}

// Imports are the use cases of taking in a distribution.
type Imports struct {
	Store   ImportStore
	Regions Regions
	// Deadlines are those of the entries that are created.
	Deadlines Deadlines
	// Open reads a workbook from a file.
	Open func(path string) (Sheets, error)
	// KeepDays is how long an import's file is kept; 0 keeps none.
	KeepDays int
	Log      *slog.Logger

	running sync.WaitGroup
}

// How an import is cancelled, and when it no longer can be.
var (
	ErrCancelled   = fault.New(fault.Canceled, "IMPORT_CANCELLED", "导入已取消，未写入任何数据")
	ErrImportEnded = fault.New(fault.Precondition, "IMPORT_ENDED", "该导入已结束，不能取消")
)

// Start records the import and stores the file's rows in the background, under
// background, until done is called. Regions are resolved in the caller's name.
func (m *Imports) Start(ctx, background context.Context, caller Caller, filename, path string, done func()) (Import, error) {
	created, err := m.Store.CreateImport(ctx, filename, caller.Actor)
	if err != nil {
		done()
		return Import{}, err
	}
	release, err := m.Store.HoldImport(background, created.ID)
	if err != nil {
		done()
		return Import{}, err
	}
	m.running.Go(func() {
		defer done()
		defer release()
		m.run(background, caller, created.ID, path)
	})
	return created, nil
}

// Wait waits for the running imports.
func (m *Imports) Wait() { m.running.Wait() }

func (m *Imports) run(ctx context.Context, caller Caller, id, path string) {
	err := m.store(ctx, caller, id, path)
	if err == nil {
		return
	}
	f := fault.As(err)
	if f == nil {
		m.Log.ErrorContext(ctx, "import failed", "import", id, "error", err)
		f = fault.New(fault.Internal, "INTERNAL", "系统内部错误，未写入任何数据，请重新上传；若再次出现请联系运维人员")
	}
	if ctx.Err() != nil {
		f = fault.New(fault.Unavailable, "FILE_INTERRUPTED", "导入被中断，未写入任何数据，请重新上传同一文件")
	}
	// The import's own context may be over; its end is recorded all the same.
	if err := m.Store.FailImport(context.WithoutCancel(ctx), id, f.Reason, f.Message); err != nil {
		m.Log.ErrorContext(ctx, "end of import not recorded", "import", id, "error", err)
	}
}

func (m *Imports) store(ctx context.Context, caller Caller, id, path string) error {
	counties, err := m.Regions.Counties(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	merging, merged := context.WithCancel(ctx)
	kept, progress := make(chan struct{}), &Progress{}
	group.Go(func() error {
		if err := m.keep(ctx, id, path); err != nil {
			return err
		}
		close(kept)
		return nil
	})
	group.Go(func() error { return m.watch(merging, id, progress) })
	group.Go(func() error {
		defer merged()
		return m.Store.Merge(ctx, Merge{
			ImportID: id, Actor: caller.Actor, Progress: progress, Due: m.Deadlines.Due,
			Rows: func(ctx context.Context) iter.Seq2[Batch, error] {
				return m.read(ctx, path, newPlaces(counties, m.Regions), kept, progress)
			},
		})
	})
	return group.Wait()
}

// Get returns an import.
func (m *Imports) Get(ctx context.Context, id string) (Import, error) {
	if err := domain.CheckID(id); err != nil {
		return Import{}, err
	}
	return m.Store.GetImport(ctx, id)
}

// Cancel ends a running import; nothing of it is stored.
func (m *Imports) Cancel(ctx context.Context, id string) (Import, error) {
	if _, err := m.Get(ctx, id); err != nil {
		return Import{}, err
	}
	return m.Store.CancelImport(ctx, id)
}
