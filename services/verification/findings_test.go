package verification_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/audit/chain"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store"
)

// saver is a store whose saves are gathered, as the service's are.
type saver struct {
	*store.Store
	saves app.Saves
	// other is a second instance of the service: what keeps saves of one entry apart is not in it.
	other app.Saves
}

// Save goes to one of the instances, as a balancer would have it.
func (s saver) Save(ctx context.Context, save app.Save) (domain.Finding, error) {
	saves := s.saves
	if rand.IntN(2) == 0 {
		saves = s.other
	}
	saved, err := saves.Do(ctx, save)
	return saved.Finding, err
}

func openStore(t *testing.T) (saver, *pgxpool.Pool) {
	t.Helper()
	pool, err := pg.Open(testkit.Context(t), testkit.Database(t, "verification", verification.Migrate), pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s := store.New(pool, testkit.Keyring(t, pool), rules(t), chain.SHA256, func() {})
	return saver{s, app.NewSaves(s), app.NewSaves(s)}, pool
}

func saving(entry, author, request, code string, base int64) app.Save {
	day := time.Date(2019, 7, 20, 0, 0, 0, 0, time.UTC)
	return app.Save{
		Entry: domain.Entry{ID: entry, CountyCode: "330106"}, Author: domain.Author{ID: author, Name: author},
		Form:         domain.Form{Action: domain.Dropout, Code: code, Witness: "王老师", WitnessDate: "2019-07-20"},
		WitnessDate:  day,
		Code:         domain.Code{Code: code, Name: "测试", ValidFrom: time.Date(2019, 7, 1, 0, 0, 0, 0, time.UTC)},
		BaseRevision: base, RequestID: request,
	}
}

func TestARetryAnswersTheSameAndAnotherContentIsRefused(t *testing.T) {
	s, _ := openStore(t)
	entry := uuid.NewString()
	first, err := s.Save(t.Context(), saving(entry, "li", "r1", "A1", 0))
	if err != nil || first.Revision != 1 {
		t.Fatalf("%+v, %v", first, err)
	}
	if again, err := s.Save(t.Context(), saving(entry, "li", "r1", "A1", 0)); err != nil || again.ID != first.ID {
		t.Errorf("a retry: %+v, %v", again, err)
	}
	for name, other := range map[string]app.Save{
		"another code":     saving(entry, "li", "r1", "A2", 0),
		"another revision": saving(entry, "li", "r1", "A1", 1),
		"another entry":    saving(uuid.NewString(), "li", "r1", "A1", 0),
	} {
		if _, err := s.Save(t.Context(), other); !fault.Is(err, "REQUEST_ID_REUSED") {
			t.Errorf("%s under the same id: %v", name, err)
		}
	}
	// Somebody else's id of the same words is somebody else's.
	if _, err := s.Save(t.Context(), saving(entry, "wang", "r1", "A2", 1)); err != nil {
		t.Error(err)
	}
	// The retry answers what it answered, though the entry has moved on.
	if again, err := s.Save(t.Context(), saving(entry, "li", "r1", "A1", 0)); err != nil || again.ID != first.ID {
		t.Errorf("a late retry: %+v, %v", again, err)
	}
}

func TestAConflictSaysWhoChangedWhatAndLosesNothing(t *testing.T) {
	s, _ := openStore(t)
	entry := uuid.NewString()
	if _, err := s.Save(t.Context(), saving(entry, "li", "", "A1", 0)); err != nil {
		t.Fatal(err)
	}
	_, err := s.Save(t.Context(), saving(entry, "wang", "", "A2", 0))
	f := fault.As(err)
	if f == nil || f.Kind != fault.Conflict || f.Reason != "REVISION_CONFLICT" || f.Metadata["author"] != "li" ||
		f.Metadata["code"] != "A1" || f.Metadata["revision"] != "1" || f.Metadata["differs"] != "code" {
		t.Fatalf("%v", err)
	}
	if found, err := s.ListFindings(t.Context(), entry); err != nil || len(found) != 1 || found[0].Author != "li" {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := s.Save(t.Context(), saving(uuid.NewString(), "wang", "", "A2", 3)); !fault.Is(err, "REVISION_CONFLICT") {
		t.Errorf("a base that never was: %v", err)
	}
}

// Of many who save on one revision exactly one wins, revisions have no gap, and each
// has its event.
func TestOfManyAtOnceOneWins(t *testing.T) {
	s, pool := openStore(t)
	entry := uuid.NewString()
	const clerks, rounds = 8, 5
	for round := range int64(rounds) {
		var won, lost int
		var mu sync.Mutex
		var group sync.WaitGroup
		for clerk := range clerks {
			group.Go(func() {
				_, err := s.Save(testkit.Context(t), saving(entry, fmt.Sprint("clerk ", clerk), uuid.NewString(), fmt.Sprint("A", clerk+1), round))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case fault.Is(err, "REVISION_CONFLICT"):
					lost++
				default:
					t.Error(err)
				}
			})
		}
		group.Wait()
		if won != 1 || lost != clerks-1 {
			t.Fatalf("round %d: %d won, %d lost", round, won, lost)
		}
	}
	found, err := s.ListFindings(t.Context(), entry)
	if err != nil || len(found) != rounds {
		t.Fatalf("%d findings, %v", len(found), err)
	}
	for i, f := range found {
		if f.Revision != int64(rounds-i) || i > 0 && !f.At.Before(found[i-1].At) {
			t.Errorf("finding %d is revision %d at %v", i, f.Revision, f.At)
		}
	}
	var events int
	if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM outbox WHERE subject LIKE '%outcome_changed%'").Scan(&events); err != nil || events != rounds {
		t.Errorf("%d events, %v", events, err)
	}
}

// What was written about a family can be read where it was written, and nowhere in the
// table.
func TestWhatWasWrittenIsSealed(t *testing.T) {
	s, pool := openStore(t)
	entry := uuid.NewString()
	save := saving(entry, "li", "r1", "A8", 0)
	save.Form.ParentContact, save.Form.FamilySituation = "13957150042", "父母均在外省务工"
	save.Form.CurrentSituation, save.Form.Explanation = "随祖父母居住", "已走访三次"
	save.Form.NationalStudentNumber = "G330106201005061237"
	saved, err := s.Save(t.Context(), save)
	if err != nil || saved.Form != save.Form {
		t.Fatalf("%+v, %v", saved, err)
	}
	var text string
	if err := naming(t, pool, entry, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT string_agg(f::text || encode(f.parent_contact_sealed, 'escape'), '') FROM findings f").Scan(&text)
	}); err != nil || text == "" {
		t.Fatalf("%q, %v", text, err)
	}
	for _, secret := range []string{"13957150042", "父母均在外省务工", "随祖父母居住", "已走访三次", "G330106201005061237"} {
		if strings.Contains(text, secret) || strings.Contains(text, hex.EncodeToString([]byte(secret))) {
			t.Errorf("%q is in the table", secret)
		}
	}
}

func TestAFindingIsNeverChangedNorDeleted(t *testing.T) {
	s, pool := openStore(t)
	entry := uuid.NewString()
	if _, err := s.Save(t.Context(), saving(entry, "li", "", "A1", 0)); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"UPDATE findings SET code = 'B2'", "DELETE FROM findings", "TRUNCATE findings CASCADE",
		"DELETE FROM findings WHERE false",
	} {
		if err := naming(t, pool, entry, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, statement)
			return err
		}); pg.Code(err) != "23000" {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if found, err := s.ListFindings(t.Context(), entry); err != nil || len(found) != 1 || found[0].Code != "A1" {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := s.ListFindings(t.Context(), uuid.NewString()); errors.Is(err, pgx.ErrNoRows) {
		t.Error("no findings are no error")
	}
}
