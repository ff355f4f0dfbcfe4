package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/services/reporting/internal/domain"
)

// BackgroundStore keeps exports and their files, which nobody can read where they lie.
type BackgroundStore interface {
	// BeginExport refuses what domain.MayBegin does, counting those that were touched since alive.
	BeginExport(ctx context.Context, e domain.Export, alive time.Time) (domain.Export, error)
	// AddChunk keeps the file's next piece, and reports whether the export is to go on.
	AddChunk(ctx context.Context, id string, number int, content []byte) (goOn bool, err error)
	// GrowExport stores how far it is, and reports whether it is to go on.
	GrowExport(ctx context.Context, e domain.Export, now time.Time) (goOn bool, err error)
	// EndExport stores how it ended, with a word of the trail's; unless it is ready its file is
	// dropped. What has ended already stays as it is.
	EndExport(ctx context.Context, e domain.Export, now time.Time) error
	Exports(ctx context.Context, owner Owner, most int) ([]domain.Export, error)
	Export(ctx context.Context, owner Owner, id string) (domain.Export, error)
	// Chunk records nothing: the download was recorded when it began.
	Chunk(ctx context.Context, id string, number int) ([]byte, error)
	// RecordDownload tells the trail.
	RecordDownload(ctx context.Context, e domain.Export) error
	// SweepExports ends those that nobody has touched since alive, and drops what has expired.
	SweepExports(ctx context.Context, alive, now time.Time, problem string) error
}

// Owner is whose exports are meant: a person, where the person works now.
type Owner struct{ ID, Region string }

// Making makes one file.
type Making struct {
	Entries  EntryStream
	Findings Findings
	// Start begins a file.
	Start func(w io.Writer, layout domain.Layout) (Sheet, error)
}

const (
	// chunkSize of a file, in bytes.
	chunkSize = 1 << 20
	// An export tells this often how far it is,
	tellExportEvery = time.Second
	// and whoever has said nothing for so long is gone.
	exportSilent = time.Minute
	// What takes longer is broken.
	exportWithin    = time.Hour
	sweepExportsDue = 30 * time.Second
	mostListed      = 50
)

const (
	abandoned = "服务曾重启，文件没有生成完，请重新导出"
	overdue   = "导出用时过长，已停止；请缩小范围后重新导出"
	broken    = "导出失败，请重新导出；仍不成功请联系管理员"
)

var errExportCancelled = errors.New("the export was cancelled")

// Background are the use cases of files that are made while their author does something else.
type Background struct {
	Store BackgroundStore
	Now   func() time.Time
	Log   *slog.Logger

	once    sync.Once
	ending  chan struct{}
	running sync.WaitGroup
}

func (u *Background) ended() chan struct{} {
	u.once.Do(func() { u.ending = make(chan struct{}) })
	return u.ending
}

// Begin starts making a file, which goes on when the call has ended. What refuses the file's first
// entries refuses the call.
func (u *Background) Begin(ctx context.Context, e domain.Export, open func(context.Context) (Making, error)) (domain.Export, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return e, err
	}
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), exportWithin)
	m, err := open(own)
	if err == nil {
		m.Entries, err = peek(m.Entries)
	}
	if err != nil {
		cancel()
		return e, err
	}
	now := u.Now()
	e.ID, e.State, e.CreatedAt, e.ExpiresAt = id.String(), domain.ExportRunning, now, now.Add(domain.ExportKept)
	if e, err = u.Store.BeginExport(ctx, e, now.Add(-exportSilent)); err != nil {
		cancel()
		return e, err
	}
	u.running.Go(func() {
		defer cancel()
		stop := make(chan struct{})
		defer close(stop)
		go func() {
			select {
			case <-u.ended():
				cancel()
			case <-stop:
			}
		}()
		u.produce(own, e, m)
	})
	return e, nil
}

// peeked begins with a batch that was read already.
type peeked struct {
	EntryStream
	first []EntryLine
	err   error
	given bool
}

// peek reads the first batch; that there is none is no error.
func peek(s EntryStream) (EntryStream, error) {
	first, err := s.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return &peeked{EntryStream: s, first: first, err: err}, nil
}

// Next implements EntryStream.
func (p *peeked) Next() ([]EntryLine, error) {
	if !p.given {
		p.given = true
		return p.first, p.err
	}
	return p.EntryStream.Next()
}

// produce ends the export whatever comes of it.
func (u *Background) produce(ctx context.Context, e domain.Export, m Making) {
	file := &filing{Background: u, ctx: ctx, export: e, told: u.Now()}
	err := file.fill(m)
	if errors.Is(err, errExportCancelled) {
		return
	}
	e = file.export
	e.State = domain.ExportReady
	if err != nil {
		e.State, e.Problem = domain.ExportFailed, problemOf(ctx, err)
		u.Log.WarnContext(ctx, "export not made", "export", e.ID, "entries", e.Entries, "error", err)
	}
	const lastWord = 10 * time.Second
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
	defer cancel()
	if err := u.Store.EndExport(last, e, u.Now()); err != nil {
		// The sweep ends it.
		u.Log.ErrorContext(ctx, "end of an export not stored", "export", e.ID, "error", err)
	}
}

// problemOf tells the author why there is no file, and what to do.
func problemOf(ctx context.Context, err error) string {
	f := fault.As(err)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return overdue
	case ctx.Err() != nil:
		return abandoned
	case f != nil && f.Kind != fault.Internal:
		return f.Message
	}
	return broken
}

// filing is one file under way.
type filing struct {
	*Background
	ctx    context.Context //nolint:containedctx // it is the file's own, and io.Writer takes none
	export domain.Export
	buffer []byte
	told   time.Time
}

func (f *filing) fill(m Making) error {
	sheet, err := m.Start(f, f.export.Layout)
	if err != nil {
		return err
	}
	if _, err := (Export{Findings: m.Findings}).Fill(f.ctx, m.Entries, watched{sheet, f}); err != nil {
		return err
	}
	if err := sheet.Close(); err != nil {
		return err
	}
	if err := f.flush(); err != nil {
		return err
	}
	return f.tell()
}

// watched tells how far the export is while it is written.
type watched struct {
	Sheet
	file *filing
}

// Add implements Sheet.
func (w watched) Add(e EntryLine, f FindingLine) error {
	if err := w.Sheet.Add(e, f); err != nil {
		return err
	}
	w.file.export.Entries++
	if w.file.Now().Sub(w.file.told) >= tellExportEvery {
		return w.file.tell()
	}
	return nil
}

func (f *filing) tell() error {
	f.told = f.Now()
	return cancelledUnless(f.Store.GrowExport(f.ctx, f.export, f.told))
}

func cancelledUnless(goOn bool, err error) error {
	if err == nil && !goOn {
		return errExportCancelled
	}
	return err
}

// Write implements io.Writer.
func (f *filing) Write(p []byte) (int, error) {
	f.buffer = append(f.buffer, p...)
	if len(f.buffer) >= chunkSize {
		if err := f.flush(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (f *filing) flush() error {
	if len(f.buffer) == 0 {
		return nil
	}
	f.export.Chunks++
	f.export.Size += int64(len(f.buffer))
	goOn, err := f.Store.AddChunk(f.ctx, f.export.ID, f.export.Chunks, f.buffer)
	f.buffer = f.buffer[:0]
	return cancelledUnless(goOn, err)
}

// List returns the owner's own.
func (u *Background) List(ctx context.Context, owner Owner) ([]domain.Export, error) {
	return u.Store.Exports(ctx, owner, mostListed)
}

// Get returns one of the owner's own.
func (u *Background) Get(ctx context.Context, owner Owner, id string) (domain.Export, error) {
	return u.Store.Export(ctx, owner, id)
}

// Cancel ends one, and drops its file. One that has ended otherwise stays as it is.
func (u *Background) Cancel(ctx context.Context, owner Owner, id string) (domain.Export, error) {
	e, err := u.Store.Export(ctx, owner, id)
	if err != nil {
		return e, err
	}
	e.State = domain.ExportCancelled
	if err := u.Store.EndExport(ctx, e, u.Now()); err != nil {
		return e, err
	}
	return u.Store.Export(ctx, owner, id)
}

// Download passes the file on, piece by piece.
func (u *Background) Download(ctx context.Context, owner Owner, id string, mayReveal bool, to io.Writer) error {
	e, err := u.Store.Export(ctx, owner, id)
	if err != nil {
		return err
	}
	switch {
	case e.InFull && !mayReveal:
		return fault.New(fault.Denied, "PERMISSION_DENIED", "只有经办和审核人员可以下载完整信息")
	case e.State != domain.ExportReady:
		return domain.ErrExportNotReady
	}
	if err := u.Store.RecordDownload(ctx, e); err != nil {
		return err
	}
	for n := 1; n <= e.Chunks; n++ {
		content, err := u.Store.Chunk(ctx, e.ID, n)
		if err != nil {
			return err
		}
		if _, err := to.Write(content); err != nil {
			return err
		}
	}
	return nil
}

// Run drops what has expired until the context ends, and then waits for those under way, which
// end at once.
func (u *Background) Run(ctx context.Context) error {
	err := lifecycle.Every(ctx, sweepExportsDue, u.Log, "expired exports not dropped, will be tried again", func(ctx context.Context) error {
		now := u.Now()
		return u.Store.SweepExports(ctx, now.Add(-exportSilent), now, abandoned)
	})
	close(u.ended())
	u.running.Wait()
	return err
}
