package ledger_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// divisions is what the region service would answer.
type divisions struct {
	leads  map[string]app.Resolution
	splits []app.Split
}

func (d divisions) Resolve(_ context.Context, codes []string) (map[string]app.Resolution, error) {
	resolved := map[string]app.Resolution{}
	for _, code := range codes {
		to, ok := d.leads[code]
		if !ok {
			to = app.Resolution{County: code, Reason: "CURRENT"}
		}
		resolved[code] = to
	}
	return resolved, nil
}

func (d divisions) Counties(context.Context) (*domain.Gazetteer, error) {
	return domain.NewGazetteer(nil), nil
}

func (d divisions) Splits(context.Context) ([]app.Split, error) { return d.splits, nil }

// where is what an entry looks like after all.
type where struct {
	County, Reason string
	Version        int64
	Flags          []string
	Candidates     []string
	Routings       int
	Events         int
}

func look(t *testing.T, pool *pgxpool.Pool, id string) (w where) {
	t.Helper()
	in(t, pool, province, func(ctx context.Context, tx pgx.Tx) error {
		var suggestions []byte
		if err := tx.QueryRow(ctx, `SELECT county_code, routing_reason, routing_version, flags, suggestions,
			(SELECT count(*) FROM entry_routings WHERE entry_id = id AND version <= routing_version),
			(SELECT count(*) FROM outbox WHERE subject = 'baoxue.ledger.v1.entry_routed.' || CASE county_code WHEN '' THEN 'none' ELSE county_code END)
			FROM entries WHERE id = $1`, id).Scan(&w.County, &w.Reason, &w.Version, &w.Flags, &suggestions, &w.Routings, &w.Events); err != nil {
			return err
		}
		var candidates []domain.Suggestion
		if err := json.Unmarshal(suggestions, &candidates); err != nil {
			return err
		}
		for _, c := range candidates {
			w.Candidates = append(w.Candidates, c.CountyCode)
		}
		return nil
	})
	return w
}

func TestEntriesFollowTheDivisionsOnceAndOnly(t *testing.T) {
	pool, ids := seeded(t)
	follow := app.Reroute{
		Store: storeOf(t, pool), Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Regions: divisions{
			leads: map[string]app.Resolution{
				"330102": {County: "330105", Reason: "SUCCEEDED"},
				"330106": {Reason: "AMBIGUOUS", Candidates: []string{"330116", "330117"}},
			},
			splits: []app.Split{
				{ChangeID: "00000000-0000-0000-0000-000000000001", County: "330302", From: time.Now().Add(time.Hour), Candidates: []string{"330302", "330399"}},
			},
		},
	}
	// Again and again, as the service does.
	for range 3 {
		if err := follow.Do(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for county, want := range map[string]where{
		"330102": {County: "330105", Reason: "REGION_SUCCEEDED", Version: 2, Flags: []string{"REGION_SUCCEEDED"}, Routings: 2, Events: 1},
		"330106": {County: "", Reason: "REGION_AMBIGUOUS", Version: 2, Flags: []string{"REGION_AMBIGUOUS"}, Candidates: []string{"330116", "330117"}, Routings: 2, Events: 1},
		"330302": {County: "330302", Version: 1, Flags: []string{}, Routings: 1},
		"":       {County: "", Version: 1, Flags: []string{}, Routings: 1, Events: 1},
	} {
		if diff := cmp.Diff(want, look(t, pool, ids[county])); diff != "" {
			t.Errorf("the entry of %q: %s", county, diff)
		}
	}
}

func TestACountyThatGoesOnSmallerOffersThePartsForWhatItHad(t *testing.T) {
	pool, ids := seeded(t)
	split := app.Split{ChangeID: "00000000-0000-0000-0000-000000000001", County: "330302", From: time.Now().Add(time.Minute), Candidates: []string{"330302", "330399"}}
	follow := app.Reroute{
		Store: storeOf(t, pool), Log: slog.New(slog.DiscardHandler), Regions: divisions{splits: []app.Split{split}},
		Now: func() time.Time { return split.From },
	}
	if err := follow.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := where{County: "330302", Version: 1, Flags: []string{"REGION_AMBIGUOUS"}, Candidates: split.Candidates, Routings: 1}
	if diff := cmp.Diff(want, look(t, pool, ids["330302"])); diff != "" {
		t.Error(diff)
	}
	// A person has decided: the change is not offered again.
	in(t, pool, province, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE entries SET suggestions = '[]'")
		return err
	})
	if err := follow.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := look(t, pool, ids["330302"]); got.Candidates != nil {
		t.Errorf("offered again: %+v", got)
	}
}
