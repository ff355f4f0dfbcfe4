package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store"
)

var clerk = app.Owner{ID: "clerk", Region: "330106"}

// background makes files with a clock that the test moves.
func background(t *testing.T, clock *atomic.Int64) (*app.Background, *pgxpool.Pool) {
	t.Helper()
	_, pool := open(t)
	if err := pg.Migrate(testkit.Context(t), pool.Config().ConnString(), seal.Migrations, seal.MigrationsDir); err != nil {
		t.Fatal(err)
	}
	if clock.Load() == 0 {
		clock.Store(july.End().Unix())
	}
	return &app.Background{
		Store: store.Exports{Store: store.New(pool), Sealer: testkit.Keyring(t, pool)},
		Now:   func() time.Time { return time.Unix(clock.Load(), 0) }, Log: slog.New(slog.DiscardHandler),
	}, pool
}

// hundreds are so many entries, a hundred at once; before each but the first it waits for goOn, if
// there is one.
type hundreds struct {
	left int
	read bool
	goOn chan struct{}
	err  error
}

func (b *hundreds) Next() ([]app.EntryLine, error) {
	if b.goOn != nil && b.read {
		<-b.goOn
	}
	b.read = true
	if b.left == 0 {
		if b.err != nil {
			return nil, b.err
		}
		return nil, io.EOF
	}
	b.left--
	return make([]app.EntryLine, 100), nil
}

type noFindings struct{}

func (n noFindings) Newest(context.Context) (app.FindingStream, error) { return n, nil }

func (noFindings) Ask([]string) error { return nil }

func (noFindings) EndAsking() error { return nil }

func (noFindings) Next() ([]app.FindingLine, error) { return nil, io.EOF }

// lines writes a line of ten thousand characters for each entry.
type lines struct{ to io.Writer }

func (l lines) Add(app.EntryLine, app.FindingLine) error {
	_, err := io.WriteString(l.to, strings.Repeat("姜", 3333)+"\n")
	return err
}

func (l lines) Close() error {
	_, err := io.WriteString(l.to, "end")
	return err
}

func making(entries app.EntryStream) func(context.Context) (app.Making, error) {
	return func(context.Context) (app.Making, error) {
		return app.Making{Entries: entries, Findings: noFindings{}, Start: func(w io.Writer, _ domain.Layout) (app.Sheet, error) { return lines{w}, nil }}, nil
	}
}

func begin(t *testing.T, u *app.Background, owner app.Owner, entries app.EntryStream) domain.Export {
	t.Helper()
	e, err := u.Begin(testkit.Context(t), domain.Export{
		AuthorID: owner.ID, Region: owner.Region, Format: domain.CSV, Layout: domain.WorkLayout, InFull: true, Total: 500,
	}, making(entries))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// ended waits until an export has ended.
func ended(t *testing.T, u *app.Background, owner app.Owner, id string) domain.Export {
	t.Helper()
	ctx := testkit.Context(t)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		e, err := u.Get(ctx, owner, id)
		if err != nil {
			t.Fatal(err)
		}
		if e.State != domain.ExportRunning {
			return e
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		}
	}
}

func TestAFileIsMadeInTheBackground(t *testing.T) {
	var clock atomic.Int64
	u, pool := background(t, &clock)
	ctx := testkit.Context(t)
	e := begin(t, u, clerk, &hundreds{left: 5})
	e = ended(t, u, clerk, e.ID)
	if e.State != domain.ExportReady || e.Entries != 500 || e.Total != 500 || e.Chunks < 2 || e.Size != 500*10_000+3 {
		t.Fatalf("%+v", e)
	}
	var file bytes.Buffer
	if err := u.Download(ctx, clerk, e.ID, true, &file); err != nil {
		t.Fatal(err)
	}
	if int64(file.Len()) != e.Size || !strings.HasSuffix(file.String(), "姜\nend") {
		t.Errorf("%d bytes", file.Len())
	}
	if err := u.Download(ctx, clerk, e.ID, false, io.Discard); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("somebody who may not see it: %v", err)
	}
	for _, other := range []app.Owner{{ID: "another", Region: clerk.Region}, {ID: clerk.ID, Region: "330105"}} {
		if err := u.Download(ctx, other, e.ID, true, io.Discard); !errors.Is(err, domain.ErrExportUnknown) {
			t.Errorf("%+v: %v", other, err)
		}
		if all, err := u.List(ctx, other); err != nil || len(all) != 0 {
			t.Errorf("%+v: %v, %v", other, all, err)
		}
		if _, err := u.Cancel(ctx, other, e.ID); !errors.Is(err, domain.ErrExportUnknown) {
			t.Errorf("%+v: %v", other, err)
		}
	}
	var open bool
	var trail int
	if err := pool.QueryRow(ctx, `SELECT bool_or(position(convert_to('姜姜姜姜', 'UTF8') in sealed) > 0),
		(SELECT count(*) FROM audit_records WHERE action IN ('entries.exported', 'export.download') AND details->>'entries' = '500') FROM export_chunks`).
		Scan(&open, &trail); err != nil || open || trail != 2 {
		t.Errorf("open: %v, %d in the trail, %v", open, trail, err)
	}
	if _, err := u.Cancel(ctx, clerk, e.ID); err != nil {
		t.Fatal(err)
	}
	if err := u.Download(ctx, clerk, e.ID, true, io.Discard); !errors.Is(err, domain.ErrExportNotReady) {
		t.Errorf("dropped: %v", err)
	}
}

func TestAFileThatIsNotMadeTellsWhy(t *testing.T) {
	var clock atomic.Int64
	u, pool := background(t, &clock)
	ctx := testkit.Context(t)
	for _, c := range []struct {
		err  error
		want string
	}{
		{fault.New(fault.Denied, "PERMISSION_DENIED", "无权查看"), "无权查看"},
		{errors.New("connection to 姜 lost"), "导出失败，请重新导出；仍不成功请联系管理员"},
	} {
		e := begin(t, u, clerk, &hundreds{left: 3, err: c.err})
		if e = ended(t, u, clerk, e.ID); e.State != domain.ExportFailed || e.Problem != c.want {
			t.Errorf("%+v", e)
		}
	}
	refused := fault.New(fault.Invalid, "INVALID_REQUEST", "理由过短")
	if _, err := u.Begin(ctx, domain.Export{AuthorID: clerk.ID, Region: clerk.Region, Format: domain.CSV, Layout: domain.WorkLayout}, making(&hundreds{err: refused})); !errors.Is(err, refused) {
		t.Errorf("what is refused at once: %v", err)
	}
	if all, err := u.List(ctx, clerk); err != nil || len(all) != 2 {
		t.Errorf("it is no export: %+v, %v", all, err)
	}
	var pieces int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM export_chunks").Scan(&pieces); err != nil || pieces != 0 {
		t.Errorf("%d pieces are left, %v", pieces, err)
	}
}

// Whoever cancels, or comes again too soon, or a process that dies: nobody waits for ever.
func TestAnExportEndsWhateverHappens(t *testing.T) {
	var clock atomic.Int64
	u, _ := background(t, &clock)
	ctx := testkit.Context(t)
	slow := &hundreds{left: 10, goOn: make(chan struct{}, 100)}
	e := begin(t, u, clerk, slow)
	if _, err := u.Begin(ctx, domain.Export{AuthorID: clerk.ID, Region: clerk.Region, Format: domain.CSV, Layout: domain.WorkLayout}, making(&hundreds{left: 1})); !fault.Is(err, "EXPORT_RUNNING") {
		t.Errorf("a second one: %v", err)
	}
	if _, err := u.Cancel(ctx, clerk, e.ID); err != nil {
		t.Fatal(err)
	}
	clock.Add(2)
	slow.goOn <- struct{}{}
	if e = ended(t, u, clerk, e.ID); e.State != domain.ExportCancelled {
		t.Errorf("%+v", e)
	}
	// What is under way adds nothing to it any more.
	if goOn, err := u.Store.AddChunk(ctx, e.ID, 1, []byte("late")); err != nil || goOn {
		t.Errorf("it goes on: %v, %v", goOn, err)
	}
	close(slow.goOn)

	// Another process died in the middle.
	dead := domain.Export{ID: "00000000-0000-0000-0000-000000000001", AuthorID: "dead", Region: "330106", Format: domain.XLSX, Layout: domain.WorkLayout, CreatedAt: u.Now(), ExpiresAt: u.Now().Add(domain.ExportKept)}
	if _, err := u.Store.BeginExport(ctx, dead, u.Now().Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	clock.Add(61)
	sweep := func() {
		t.Helper()
		if err := u.Store.SweepExports(ctx, u.Now().Add(-time.Minute), u.Now(), "服务曾重启"); err != nil {
			t.Fatal(err)
		}
	}
	sweep()
	owner := app.Owner{ID: "dead", Region: "330106"}
	if e, err := u.Get(ctx, owner, dead.ID); err != nil || e.State != domain.ExportFailed || e.Problem != "服务曾重启" {
		t.Errorf("%+v, %v", e, err)
	}
	// It does not stand in the way of the next.
	next := begin(t, u, owner, &hundreds{left: 1})
	if next = ended(t, u, owner, next.ID); next.State != domain.ExportReady {
		t.Errorf("%+v", next)
	}
	clock.Add(int64(domain.ExportKept.Seconds()) + 1)
	sweep()
	if all, err := u.List(ctx, owner); err != nil || len(all) != 0 {
		t.Errorf("after three days: %+v, %v", all, err)
	}
}

// When the service ends, what is under way ends too, and says so.
func TestAnExportEndsWithTheService(t *testing.T) {
	var clock atomic.Int64
	u, _ := background(t, &clock)
	ctx, stop := context.WithCancel(testkit.Context(t))
	slow := &hundreds{left: 10, goOn: make(chan struct{}, 1)}
	e := begin(t, u, clerk, slow)
	done := make(chan error, 1)
	go func() { done <- u.Run(ctx) }()
	stop()
	clock.Add(2)
	close(slow.goOn)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if e, err := u.Get(testkit.Context(t), clerk, e.ID); err != nil || e.State != domain.ExportFailed || !strings.Contains(e.Problem, "重新导出") {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestNotTooManyFilesAreMadeAtOnce(t *testing.T) {
	var clock atomic.Int64
	u, _ := background(t, &clock)
	goOn := make(chan struct{})
	var begun []domain.Export
	for _, id := range []string{"a", "b", "c", "d"} {
		begun = append(begun, begin(t, u, app.Owner{ID: id, Region: "330106"}, &hundreds{left: 1, goOn: goOn}))
	}
	_, err := u.Begin(testkit.Context(t), domain.Export{AuthorID: "e", Region: "330106", Format: domain.CSV, Layout: domain.WorkLayout}, making(&hundreds{}))
	if !fault.Is(err, "TOO_MANY_EXPORTS") {
		t.Errorf("got %v", err)
	}
	close(goOn)
	for _, e := range begun {
		ended(t, u, app.Owner{ID: e.AuthorID, Region: e.Region}, e.ID)
	}
}
