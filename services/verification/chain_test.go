package verification_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/audit/links"
	"baoxue.internal/pkg/testkit"
)

// verified exports the chains and verifies them against the seals in the trail.
func verified(ctx context.Context, t *testing.T, s saver, pool *pgxpool.Pool) string {
	t.Helper()
	rows, err := pool.Query(ctx, "SELECT details FROM audit_records WHERE action = $1 ORDER BY id", links.SealAction)
	if err != nil {
		t.Fatal(err)
	}
	seals, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (links.Seal, error) {
		var text []byte
		if err := row.Scan(&text); err != nil {
			return links.Seal{}, err
		}
		var details map[string]string
		if err := json.Unmarshal(text, &details); err != nil {
			return links.Seal{}, err
		}
		return links.ParseSeal(details)
	})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := s.ExportChain(ctx, func(lines []links.Line) error {
		for _, l := range lines {
			if err := links.Write(&file, l); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"王老师", "李老师", "家在文三路"} {
		if strings.Contains(file.String(), secret) {
			t.Errorf("%s is in the export", secret)
		}
	}
	report, err := links.Verify(&file, links.FindingsDomain, seals)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(report.Problems, "\n")
}

// Whoever owns the tables can take the triggers away, and is found out all the same.
func TestTamperingWithTheTableIsFound(t *testing.T) {
	for _, c := range []struct{ name, statement, want string }{
		{"nothing", "SELECT $1::uuid", ""},
		{"a code", "UPDATE findings SET code = 'B2' WHERE entry_id = $1 AND revision = 1", "与其校验值不符"},
		{"a witness", "UPDATE findings SET witness_sealed = '\\x02' WHERE entry_id = $1 AND revision = 2", "与其校验值不符"},
		{"a text", "UPDATE findings SET explanation_sealed = '' WHERE entry_id = $1 AND revision = 1", "与其校验值不符"},
		{"a time", "UPDATE findings SET occurred_at = occurred_at - interval '1 month' WHERE entry_id = $1 AND revision = 1", "与其校验值不符"},
		{"the last revision removed", "DELETE FROM findings WHERE entry_id = $1 AND revision = 2", "与封存时不符"},
		{"all removed", "DELETE FROM findings WHERE entry_id = $1", "与封存时不符"},
		{"a digest taken away", "UPDATE findings SET digest = NULL, algorithm = NULL WHERE entry_id = $1 AND revision = 2", "没有校验值"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, pool := openStore(t)
			ctx := testkit.Context(t)
			entries := []string{uuid.NewString(), uuid.NewString()}
			for base := range int64(2) {
				for _, entry := range entries {
					save := saving(entry, "李老师", "", "A1", base)
					save.Author.ID, save.Form.Explanation = "li", "家在文三路"
					if _, err := s.Save(ctx, save); err != nil {
						t.Fatal(err)
					}
				}
			}
			var now time.Time
			if err := pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
				t.Fatal(err)
			}
			if err := s.SealFindings(ctx, now, time.Hour); err != nil {
				t.Fatal(err)
			}
			if err := naming(t, pool, entries[0], func(ctx context.Context, tx pgx.Tx) error {
				for _, statement := range []string{"ALTER TABLE findings DISABLE TRIGGER USER", "DELETE FROM finding_requests"} {
					if _, err := tx.Exec(ctx, statement); err != nil {
						return err
					}
				}
				_, err := tx.Exec(ctx, c.statement, entries[0])
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if found := verified(ctx, t, s, pool); c.want == "" && found != "" || !strings.Contains(found, c.want) {
				t.Errorf("%q, want %q", found, c.want)
			}
		})
	}
}

// Seals follow one another without a gap, and none is made before its time.
func TestFindingsAreSealedInTurn(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	entry, at := uuid.NewString(), time.Now().Add(time.Hour)
	for i := range int64(3) {
		if _, err := s.Save(ctx, saving(entry, "li", "", "A1", i)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.SealFindings(ctx, at, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		at = at.Add(time.Hour)
	}
	var seals int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM finding_seals").Scan(&seals); err != nil || seals != 3 {
		t.Errorf("%d seals, %v", seals, err)
	}
}
