package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"baoxue.internal/deploy/standalone"
)

// saveTables are the floor's own tables: an entry, its findings, an audit trail
// and an outbox, with the keys that they need and no more.
const saveTables = `
CREATE TABLE floor_entries (id bigint PRIMARY KEY, county_code text NOT NULL, status smallint NOT NULL, code text NOT NULL,
    revision bigint NOT NULL, updated_at timestamptz NOT NULL, rest text NOT NULL);
INSERT INTO floor_entries SELECT n, '330106', 1, '', 0, now(), repeat('x', 500) FROM generate_series(1, %[1]d) n;
CREATE TABLE floor_findings (entry_id bigint NOT NULL, revision bigint NOT NULL, code text NOT NULL, rest text NOT NULL,
    occurred_at timestamptz NOT NULL, PRIMARY KEY (entry_id, revision));
CREATE TABLE floor_audit (id bigserial PRIMARY KEY, actor text NOT NULL, what text NOT NULL, occurred_at timestamptz NOT NULL);
CREATE TABLE floor_outbox (id bigserial PRIMARY KEY, subject text NOT NULL, body bytea NOT NULL, occurred_at timestamptz NOT NULL);
ANALYZE;
`

const saveFloor = `\set id random(1, %[1]d)
BEGIN;
SELECT * FROM floor_entries WHERE id = :id FOR UPDATE;
INSERT INTO floor_findings SELECT id, revision + 1, 'B2', repeat('x', 200), clock_timestamp() FROM floor_entries WHERE id = :id;
UPDATE floor_entries SET status = 3, code = 'B2', revision = revision + 1, updated_at = clock_timestamp() WHERE id = :id;
INSERT INTO floor_audit (actor, what, occurred_at) VALUES ('xihu', repeat('x', 100), clock_timestamp());
INSERT INTO floor_outbox (subject, body, occurred_at) VALUES ('baoxue.floor', decode(repeat('00', 120), 'hex'), clock_timestamp());
COMMIT;
`

// measureSave saves findings over REST, each for another entry; its floor is
// pgbench at its best, running what a save cannot do without in one transaction.
func measureSave(ctx context.Context, s *system, o options) ([]result, error) {
	progress("save finding")
	if err := s.prepareFloor(ctx, o.rows); err != nil {
		return nil, err
	}
	script := fmt.Sprintf(saveFloor, o.rows)
	clerks, err := s.clerks(ctx)
	if err != nil {
		return nil, err
	}
	pending, err := s.pending(ctx)
	if err != nil {
		return nil, err
	}
	var next atomic.Int64
	save := func(ctx context.Context, _ int) error {
		n := next.Add(1) - 1
		if n >= int64(len(pending)) {
			return errUsedUp
		}
		return clerks[pending[n].county].save(ctx, pending[n].id)
	}
	var results []result
	one, err := drive(ctx, 1, o.span, save)
	if err != nil {
		return nil, err
	}
	oneFloor, err := s.pgbench(ctx, floorDatabase, script, 1, o.span)
	if err != nil {
		return nil, err
	}
	results = append(results, result{"save finding, 1 client, median", "ms", one.median, oneFloor.median, "pgbench, a plain transaction"})
	many, err := drive(ctx, 8*o.clients, o.span, save)
	if err != nil {
		return results, err
	}
	manyFloor, err := s.best(ctx, floorDatabase, script, o.span)
	if err != nil {
		return results, err
	}
	const best = "pgbench, best of 8, 16, 32 clients"
	results = append(results, result{fmt.Sprintf("save finding, %d clients", 8*o.clients), "1/s", many.rate, manyFloor, best})
	batch, err := measureBatches(ctx, clerks, pending[min(int(next.Load()), len(pending)):])
	if err != nil {
		return results, err
	}
	return append(results, result{"save findings, 500 a call", "1/s", batch, manyFloor, best}), nil
}

const (
	// Callers at once, and findings of a call at most.
	batchClients = 4
	batchSize    = 500
)

// measureBatches saves all that is left, county by county, and returns findings a second.
func measureBatches(ctx context.Context, clerks map[string]*client, left []waiting) (rate float64, err error) {
	counties := map[string][]string{}
	for _, w := range left {
		counties[w.county] = append(counties[w.county], w.id)
	}
	if len(left) == 0 {
		return 0, errUsedUp
	}
	start := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(batchClients)
	for county, entries := range counties {
		for chunk := range slices.Chunk(entries, batchSize) {
			group.Go(func() error { return clerks[county].saveAll(ctx, chunk) })
		}
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	return float64(len(left)) / time.Since(start).Seconds(), nil
}

// handleAll saves a finding of each entry that a county has not handled, and waits until all is told.
func (s *system) handleAll(ctx context.Context) error {
	pending, err := s.pending(ctx)
	if err != nil || len(pending) == 0 {
		return err
	}
	progress("findings for the export")
	clerks, err := s.clerks(ctx)
	if err != nil {
		return err
	}
	if _, err := measureBatches(ctx, clerks, pending); err != nil {
		return err
	}
	return s.settle(ctx)
}

const floorDatabase = "floor"

func (s *system) prepareFloor(ctx context.Context, rows int) error {
	if err := s.cluster.EnsureDatabase(ctx, floorDatabase, floorDatabase); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, s.cluster.DSN(floorDatabase))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, fmt.Sprintf(saveTables, rows))
	if closeErr := conn.Close(ctx); err == nil {
		err = closeErr
	}
	return err
}

type waiting struct{ id, county string }

// pending are the entries that counties have to handle, in no order that a cache
// could like.
func (s *system) pending(ctx context.Context) ([]waiting, error) {
	rows, err := s.ledger.Query(ctx, `SELECT id::text, county_code FROM entries WHERE status = 1 AND county_code <> '' ORDER BY md5(id::text)`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (w waiting, err error) {
		return w, row.Scan(&w.id, &w.county)
	})
}

// clerks makes a user for every county that has entries, and logs each in.
func (s *system) clerks(ctx context.Context) (map[string]*client, error) {
	rows, err := s.ledger.Query(ctx, `SELECT DISTINCT county_code FROM entries WHERE county_code <> ''`)
	if err != nil {
		return nil, err
	}
	counties, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	clerks := make(map[string]*client, len(counties))
	for _, county := range counties {
		if clerks[county], err = s.clerk(ctx, county); err != nil {
			return nil, err
		}
	}
	return clerks, nil
}

// clerk is a county's user, made when first asked for.
func (s *system) clerk(ctx context.Context, county string) (*client, error) {
	if c, ok := s.people[county]; ok {
		return c, nil
	}
	c, err := s.newClerk(ctx, county)
	if err == nil {
		s.people[county] = c
	}
	return c, err
}

// newClerk makes a county's user, who changes the first password.
func (s *system) newClerk(ctx context.Context, county string) (*client, error) {
	name, first := "bench-"+county, rand.Text()
	var user struct{ ID string }
	if err := s.province.json(ctx, http.MethodPost, "/v1/users", map[string]any{
		"username": name, "password": first, "displayName": "性能测试 " + county, "level": "LEVEL_COUNTY", "regionCode": county,
		"roles": []string{"ROLE_CLERK", "ROLE_READER"},
	}, &user); err != nil {
		return nil, err
	}
	c, err := login(ctx, s.http, name, first)
	if err != nil {
		return nil, err
	}
	return c, c.changePassword(ctx, standalone.DemoPassword)
}

// save records that a child is at school.
func (c *client) save(ctx context.Context, entry string) error {
	var saved struct{ Code string }
	return c.json(ctx, http.MethodPost, "/v1/entries/"+entry+"/findings", atSchool(entry), &saved)
}

// saveAll records it of many, and fails unless all are saved.
func (c *client) saveAll(ctx context.Context, entries []string) error {
	findings := make([]map[string]any, len(entries))
	for i, entry := range entries {
		findings[i] = atSchool(entry)
		findings[i]["entryId"] = entry
	}
	var answer struct {
		Results []struct{ Finding struct{ Code string } }
	}
	if err := c.json(ctx, http.MethodPost, "/v1/findings:submit", map[string]any{"findings": findings}, &answer); err != nil {
		return err
	}
	for i, r := range answer.Results {
		if r.Finding.Code == "" {
			return fmt.Errorf("finding %d of %d was not saved", i, len(entries))
		}
	}
	return nil
}

func atSchool(entry string) map[string]any {
	return map[string]any{
		"baseRevision": 0, "requestId": entry,
		"enrolled": map[string]string{
			"code": "B3", "witness": "测试", "witnessDate": time.Now().Format(time.DateOnly),
			"schoolRegion": "330106", "school": "性能测试小学", "explanation": "性能测试",
		},
	}
}
