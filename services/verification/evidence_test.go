package verification_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/files"
)

// everyEntry is a ledger in which every entry is a county's own.
type everyEntry struct{ app.Ledger }

func (everyEntry) Entry(_ context.Context, id string) (domain.Entry, error) {
	return domain.Entry{ID: id, CountyCode: "330106"}, nil
}

// keeping is the use case over a real broker, whose files lie in dir.
func keeping(t *testing.T) (u app.Evidence, s saver, objects bus.Objects, dir string) {
	t.Helper()
	ctx, quiet := testkit.Context(t), slog.New(slog.DiscardHandler)
	dir = t.TempDir()
	broker, err := bus.StartEmbedded(bus.EmbeddedOptions{Dir: dir, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Stop)
	events, err := bus.Connect(ctx, bus.Options{Server: broker, Name: "test", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(events.Close)
	if objects, err = events.Objects(ctx, files.Bucket); err != nil {
		t.Fatal(err)
	}
	s, pool := openStore(t)
	return app.Evidence{
		Store: s, Ledger: everyEntry{}, Files: files.Files{Objects: objects, Sealer: testkit.Keyring(t, pool)}, Codes: []string{"B7"},
	}, s, objects, dir
}

var paper = []byte("%PDF-1.7\n诊断证明 13957150042\n" + "%%EOF")

func TestAFileIsReadAsItWasSentAndLiesSealed(t *testing.T) {
	u, s, objects, dir := keeping(t)
	ctx := testkit.Context(t)
	entry := domain.Entry{ID: uuid.NewString(), CountyCode: "330106"}
	visit, _, err := s.RecordVisit(ctx, visiting(entry.ID, "", ""))
	if err != nil {
		t.Fatal(err)
	}
	added, err := u.Add(ctx, clerk, entry, domain.EvidenceOf{VisitID: visit.ID}, paper)
	if err != nil || added.ContentType != "application/pdf" || added.Size != len(paper) {
		t.Fatalf("%+v, %v", added, err)
	}
	read, content, err := u.Read(ctx, entry.ID, added.ID)
	if err != nil || !bytes.Equal(content, paper) || read != added {
		t.Fatalf("%+v, %q, %v", read, content, err)
	}
	seen := 0
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("13957150042")) {
			t.Errorf("%s shows what is in the file", path)
		}
		return err
	}); err != nil || seen == 0 {
		t.Fatalf("%d files, %v", seen, err)
	}
	// A file that is put in another's place is not what was sent.
	other, err := u.Add(ctx, clerk, entry, domain.EvidenceOf{VisitID: visit.ID}, append(bytes.Clone(paper), '\n'))
	if err != nil {
		t.Fatal(err)
	}
	stolen, err := objects.Get(ctx, other.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := objects.Put(ctx, added.ID, stolen); err != nil {
		t.Fatal(err)
	}
	if _, _, err := u.Read(ctx, entry.ID, added.ID); err == nil {
		t.Error("another file was read in its place")
	}
}

func TestAFileIsOfAFindingVisitOrStepOfItsEntry(t *testing.T) {
	u, s, _, _ := keeping(t)
	ctx := testkit.Context(t)
	entry, other := domain.Entry{ID: uuid.NewString()}, domain.Entry{ID: uuid.NewString()}
	visit, _, err := s.RecordVisit(ctx, visiting(other.ID, "", ""))
	if err != nil {
		t.Fatal(err)
	}
	persuaded, steps := proceedings(ctx, t, s, "330106")
	for name, of := range map[string]domain.EvidenceOf{
		"nothing": {}, "two things": {Revision: 1, VisitID: visit.ID}, "two others": {VisitID: visit.ID, LegalStepID: steps[0].ID},
		"another entry's visit": {VisitID: visit.ID}, "another entry's step": {LegalStepID: steps[0].ID},
		"what is no id": {VisitID: "x"}, "what is no step's id": {LegalStepID: "x"}, "a finding after the next": {Revision: 2},
	} {
		if _, err := u.Add(ctx, clerk, entry, of, paper); !fault.Is(err, "EVIDENCE_INVALID") {
			t.Errorf("of %s: %v", name, err)
		}
	}
	document, err := u.Add(ctx, clerk, persuaded, domain.EvidenceOf{LegalStepID: steps[1].ID}, paper)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := u.List(ctx, persuaded.ID); err != nil || len(list) != 1 || list[0] != document || document.LegalStepID != steps[1].ID {
		t.Errorf("of a step: %+v, %v", list, err)
	}
	added, err := u.Add(ctx, clerk, entry, domain.EvidenceOf{Revision: 1}, paper)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := u.Read(ctx, other.ID, added.ID); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("under another entry: %v", err)
	}
	if list, err := u.List(ctx, entry.ID); err != nil || len(list) != 1 || list[0] != added {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestACodeThatWantsAFileIsRefusedWithoutOne(t *testing.T) {
	u, _, _, _ := keeping(t)
	ctx := testkit.Context(t)
	entry := domain.Entry{ID: uuid.NewString()}
	form := domain.Form{Action: domain.Dropout, Code: "B7"}
	lacking := fault.FromViolations("FINDING_INVALID", "x", []fault.Violation{{Field: "dropout.witness", Reason: "REQUIRED", Message: "x"}})
	f := fault.As(u.Require(ctx, entry, form, 1, lacking))
	if f == nil || len(f.Violations) != 2 || f.Violations[1].Reason != "EVIDENCE_REQUIRED" || f.Violations[1].Field != "dropout.code" {
		t.Fatalf("%+v", f)
	}
	if err := u.Require(ctx, entry, domain.Form{Code: "B1"}, 1, nil); err != nil {
		t.Errorf("a code that wants none: %v", err)
	}
	if _, err := u.Add(ctx, clerk, entry, domain.EvidenceOf{Revision: 1}, paper); err != nil {
		t.Fatal(err)
	}
	if err := u.Require(ctx, entry, form, 1, nil); err != nil {
		t.Errorf("with a file: %v", err)
	}
	if err := u.Require(ctx, entry, form, 2, nil); !fault.Is(err, "FINDING_INVALID") {
		t.Errorf("the next finding with the file of this one: %v", err)
	}
}

// What failed leaves no file behind; what was cut off loses its file in time, and evidence
// never does, whether or not a transaction may see its row.
func TestAFileThatIsNoEvidenceIsRemoved(t *testing.T) {
	u, s, objects, _ := keeping(t)
	ctx := testkit.Context(t)
	later := time.Now().Add(2 * time.Hour)
	if _, err := u.Add(ctx, clerk, domain.Entry{ID: uuid.NewString()}, domain.EvidenceOf{Revision: 2}, paper); !fault.Is(err, "EVIDENCE_INVALID") {
		t.Fatal(err)
	}
	if left, err := objects.StoredBefore(ctx, later); err != nil || len(left) != 0 {
		t.Errorf("a refused upload left %v, %v", left, err)
	}
	entry := domain.Entry{ID: uuid.NewString()}
	kept, err := u.Add(ctx, clerk, entry, domain.EvidenceOf{Revision: 1}, paper)
	if err != nil {
		t.Fatal(err)
	}
	orphan := uuid.NewString()
	if err := u.Files.Put(ctx, orphan, paper); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	sweep := app.Sweep{Store: s, Files: u.Files, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	if n, err := sweep.Once(ctx); n != 0 || err != nil {
		t.Errorf("%d files that a row may still follow were removed, %v", n, err)
	}
	now = later
	if n, err := sweep.Once(ctx); n != 1 || err != nil {
		t.Errorf("%d files removed, %v", n, err)
	}
	if _, err := u.Files.Get(ctx, orphan); !errors.Is(err, bus.ErrNoObject) {
		t.Errorf("the orphan is still there: %v", err)
	}
	if _, content, err := u.Read(ctx, entry.ID, kept.ID); err != nil || !bytes.Equal(content, paper) {
		t.Errorf("%q, %v", content, err)
	}
}
