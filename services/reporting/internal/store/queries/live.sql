-- name: LockFacts :exec
-- One at a time applies facts: what an entry is now is computed from all of its facts.
SELECT pg_advisory_xact_lock(7315);

-- name: RefreshEntries :exec
-- Computes where entries are now, and tells the counties that have or had them.
WITH had AS (
    SELECT DISTINCT l.county_code FROM live_entries l WHERE l.entry_id = ANY(sqlc.arg(entry_ids)::uuid[])
), have AS (
    INSERT INTO live_entries (entry_id, county_code, source, routed_at, added_at, code, found_at, ever_a, closed, given_back, duty_open, due_on, complete, last_at)
    SELECT e.id, s.county_code, s.source, s.routed_at, s.added_at, s.code, s.found_at, s.ever_a, s.closed, s.given_back, s.duty_open, s.due_on, s.complete, s.last_at
    FROM (SELECT DISTINCT unnest(sqlc.arg(entry_ids)::uuid[]) AS id) e
    CROSS JOIN LATERAL entry_as_of(e.id, 'infinity'::timestamptz) AS s (county_code, source, routed_at, added_at, code, found_at, ever_a, closed, given_back, duty_open, due_on, complete, last_at)
    ON CONFLICT (entry_id) DO UPDATE SET county_code = excluded.county_code, source = excluded.source, routed_at = excluded.routed_at,
        added_at = excluded.added_at, code = excluded.code, found_at = excluded.found_at, ever_a = excluded.ever_a, closed = excluded.closed,
        given_back = excluded.given_back, duty_open = excluded.duty_open, due_on = excluded.due_on, complete = excluded.complete,
        last_at = excluded.last_at
    RETURNING county_code, last_at
)
INSERT INTO live_counties (county_code, version, newest_at)
SELECT coalesce(c.county_code, ''), 1, max(c.last_at)
FROM (SELECT county_code, last_at FROM have UNION ALL SELECT county_code, '-infinity' FROM had) c GROUP BY 1
ON CONFLICT (county_code) DO UPDATE SET version = live_counties.version + 1, newest_at = greatest(live_counties.newest_at, excluded.newest_at);

-- name: StrayedEntries :many
-- Entries whose row is not what their facts say, or that have none; and rows of entries of which nothing is known.
SELECT coalesce(f.entry_id, l.entry_id)::uuid AS entry_id, (f.entry_id IS NOT NULL)::boolean AS known
FROM (SELECT r.entry_id FROM entry_routings r UNION SELECT o.entry_id FROM entry_outcomes o UNION SELECT w.entry_id FROM entry_works w) f
FULL JOIN live_entries l ON l.entry_id = f.entry_id
LEFT JOIN LATERAL entry_as_of(f.entry_id, 'infinity'::timestamptz) AS s (county_code, source, routed_at, added_at, code, found_at, ever_a, closed, given_back, duty_open, due_on, complete, last_at) ON true
WHERE f.entry_id IS NULL OR l.entry_id IS NULL
   OR (s.county_code, s.source, s.routed_at, s.added_at, s.code, s.found_at, s.ever_a, s.closed, s.given_back, s.duty_open, s.due_on, s.complete, s.last_at)
      IS DISTINCT FROM (l.county_code, l.source, l.routed_at, l.added_at, l.code, l.found_at, l.ever_a, l.closed, l.given_back, l.duty_open, l.due_on, l.complete, l.last_at);

-- name: ForgetEntries :exec
-- Their counties are told.
WITH gone AS (DELETE FROM live_entries l WHERE l.entry_id = ANY(sqlc.arg(entry_ids)::uuid[]) RETURNING l.county_code, l.last_at)
INSERT INTO live_counties (county_code, version, newest_at) SELECT coalesce(g.county_code, ''), 1, max(g.last_at) FROM gone g GROUP BY 1
ON CONFLICT (county_code) DO UPDATE SET version = live_counties.version + 1;

-- name: CapNewest :exec
-- No county's newest fact is newer than the newest of all.
UPDATE live_counties c SET newest_at = n.newest_at
FROM (SELECT coalesce(max(l.last_at), 'epoch') AS newest_at FROM live_entries l) n WHERE c.newest_at > n.newest_at;

-- name: CountyVersions :many
SELECT * FROM live_counties;

-- name: LiveBuckets :many
-- Entries of some counties, alike in county, source, code and traits, as they are now.
SELECT l.county_code::text AS county_code, l.source::smallint AS source, l.code,
       entry_traits(l.added_at, l.found_at, l.routed_at, l.code, l.ever_a, l.closed, l.given_back, l.duty_open, l.due_on,
           sqlc.arg(month_start)::timestamptz, sqlc.arg(day)::date, sqlc.arg(late_from)::timestamptz)::integer AS traits, count(*) AS entries
FROM live_entries l
WHERE l.county_code = ANY(sqlc.arg(counties)::text[]) AND l.added_at IS NOT NULL
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;

-- name: Buckets :many
-- The same as of a cut-off. Gaps are entries with a hole in their history: versions and revisions
-- count from 1 without one, so a hole is an event that did not arrive; the newest state may be right,
-- what came before is not. Who has not come into the ledger yet, as far as is known, is no bucket's.
SELECT coalesce(l.county_code, '')::text AS county_code, coalesce(l.source, 0)::smallint AS source, l.code::text AS code,
       entry_traits(l.added_at, l.found_at, l.routed_at, l.code, l.ever_a, l.closed, l.given_back, l.duty_open, l.due_on,
           sqlc.arg(month_start)::timestamptz, sqlc.arg(day)::date, sqlc.arg(late_from)::timestamptz)::integer AS traits,
       (l.county_code IS NOT NULL AND l.added_at IS NOT NULL)::boolean AS counted,
       count(*) AS entries, count(*) FILTER (WHERE NOT l.complete) AS gaps
FROM entries_as_of(sqlc.arg(cutoff)::timestamptz) AS l (entry_id, county_code, source, routed_at, added_at, code, found_at, ever_a, closed, given_back, duty_open, due_on, complete)
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5;

-- name: FreezeBuckets :many
-- The same, and keeps which entries they are for the snapshot that is made of them.
WITH counted AS MATERIALIZED (
    SELECT coalesce(l.county_code, '')::text AS county_code, coalesce(l.source, 0)::smallint AS source, l.code::text AS code,
           entry_traits(l.added_at, l.found_at, l.routed_at, l.code, l.ever_a, l.closed, l.given_back, l.duty_open, l.due_on,
               sqlc.arg(month_start)::timestamptz, sqlc.arg(day)::date, sqlc.arg(late_from)::timestamptz)::integer AS traits,
           (l.county_code IS NOT NULL AND l.added_at IS NOT NULL)::boolean AS counted,
           count(*) AS entries, count(*) FILTER (WHERE NOT l.complete) AS gaps,
           array_agg(l.entry_id)::uuid[] AS entry_ids
    FROM entries_as_of(sqlc.arg(cutoff)::timestamptz) AS l (entry_id, county_code, source, routed_at, added_at, code, found_at, ever_a, closed, given_back, duty_open, due_on, complete)
    GROUP BY 1, 2, 3, 4, 5
), frozen AS (
    INSERT INTO frozen_buckets (month, county_code, source, code, traits, entry_ids)
    SELECT sqlc.arg(month)::text, county_code, source, code, traits, entry_ids FROM counted WHERE counted
)
SELECT county_code, source, code, traits, counted, entries, gaps FROM counted ORDER BY 1, 2, 3, 4, 5;
