package ledger_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// staff is who works where, and what was said of those who left.
type staff struct {
	clerks    map[string][]string
	confirmed map[string]int
}

func (s *staff) Clerks(_ context.Context, county string) ([]string, error) {
	return s.clerks[county], nil
}

func (s *staff) ConfirmHandOver(_ context.Context, userID string, items int) error {
	s.confirmed[userID] += items
	return nil
}

func responsibleFor(t *testing.T, pool *pgxpool.Pool, user string) []string {
	t.Helper()
	keyring := testkit.Keyring(t, pool)
	entries := app.Entries{Store: storeOf(t, pool, keyring), Sealer: keyring}
	page, err := entries.List(t.Context(), app.Caller{ID: user, Scope: domain.ProvinceScope()}, app.Filter{Responsible: app.Me}, 50, "")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range page.Entries {
		ids = append(ids, e.ID)
	}
	return ids
}

func TestAPersonIsResponsibleUntilSomebodyElseIs(t *testing.T) {
	pool, ids := seeded(t)
	li, wang, stranger := uuid.NewString(), uuid.NewString(), uuid.NewString()
	people := &staff{clerks: map[string][]string{"330106": {li, wang}, "330102": {stranger}}, confirmed: map[string]int{}}
	r := app.Responsible{Store: storeOf(t, pool), People: people}
	county := app.Caller{Scope: domain.CountyScope("330106"), Own: domain.CountyScope("330106")}

	if n, err := r.Assign(t.Context(), county, []string{ids["330106"]}, li); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := r.Assign(t.Context(), county, []string{ids["330106"]}, li); err != nil || n != 0 {
		t.Errorf("again: %d, %v", n, err)
	}
	if got := responsibleFor(t, pool, li); !slices.Equal(got, []string{ids["330106"]}) {
		t.Errorf("li has %v", got)
	}
	// All or none: one entry of another county spoils the whole.
	if _, err := r.Assign(t.Context(), county, []string{ids["330106"], ids["330102"]}, wang); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("a foreign entry: %v", err)
	}
	if _, err := r.Assign(t.Context(), county, []string{ids["330106"]}, stranger); !fault.Is(err, "RESPONSIBLE_INVALID") {
		t.Errorf("another county's clerk: %v", err)
	}
	if got := responsibleFor(t, pool, li); len(got) != 1 {
		t.Errorf("after two refusals li has %v", got)
	}

	// Li is disabled: Wang takes over, and that is said. Twice, as events come.
	for range 2 {
		if err := r.HandOver(t.Context(), li, wang); err != nil {
			t.Fatal(err)
		}
	}
	if got := responsibleFor(t, pool, wang); len(got) != 1 || people.confirmed[li] != 1 || len(responsibleFor(t, pool, li)) != 0 {
		t.Errorf("wang has %v, confirmed %v", got, people.confirmed)
	}

	// Another county's entry is nobody's of this one.
	if _, err := storeOf(t, pool).MoveEntry(t.Context(), domain.ProvinceScope(), ids["330106"], "330108", "x", "x"); err != nil {
		t.Fatal(err)
	}
	if got := responsibleFor(t, pool, wang); len(got) != 0 {
		t.Errorf("after the move wang has %v", got)
	}
}

func TestTheProvinceIsResponsibleForItsOwnQueueOnly(t *testing.T) {
	pool, ids := seeded(t)
	somebody := uuid.NewString()
	r := app.Responsible{Store: storeOf(t, pool), People: &staff{clerks: map[string][]string{"": {somebody}, "330106": {somebody}}}}
	province := app.Caller{Scope: domain.ProvinceScope(), Own: domain.QueueScope()}
	if n, err := r.Assign(t.Context(), province, []string{ids[""]}, somebody); err != nil || n != 1 {
		t.Errorf("own queue: %d, %v", n, err)
	}
	if _, err := r.Assign(t.Context(), province, []string{ids["330106"]}, somebody); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("a county's: %v", err)
	}
	if n, err := r.Assign(t.Context(), province, []string{ids[""]}, ""); err != nil || n != 1 {
		t.Errorf("nobody again: %d, %v", n, err)
	}
}
