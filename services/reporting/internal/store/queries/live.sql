-- name: LockFacts :exec
-- One at a time applies facts: what an entry is now is computed from all of its facts.
SELECT pg_advisory_xact_lock(7315);

-- name: RefreshEntries :one
-- Computes where entries are now and were when the month of their newest fact began, tells the counties that
-- have or had them, and returns how many entries it was different for.
SELECT refresh_entries(sqlc.arg(entry_ids)::uuid[])::bigint AS entries;

-- name: NameEntries :exec
-- Entries that have facts and no name yet.
INSERT INTO entry_ordinals (entry_id)
SELECT f.entry_id FROM (SELECT r.entry_id FROM entry_routings r UNION SELECT o.entry_id FROM entry_outcomes o UNION SELECT w.entry_id FROM entry_works w) f
WHERE NOT EXISTS (SELECT FROM entry_ordinals n WHERE n.entry_id = f.entry_id);

-- name: RefreshNamed :one
-- RefreshEntries of the entries whose ordinals are in a range, of which the first is left out.
SELECT refresh_entries(array_agg(n.entry_id))::bigint AS entries FROM entry_ordinals n
WHERE n.ordinal > sqlc.arg(after)::integer AND n.ordinal <= sqlc.arg(last)::integer;

-- name: LastOrdinal :one
SELECT coalesce(max(n.ordinal), 0)::integer AS ordinal FROM entry_ordinals n;

-- name: CapNewest :exec
-- No county's newest fact is newer than the newest of all.
UPDATE live_counties c SET newest_at = n.newest_at
FROM (SELECT coalesce(max(s.last_at), 'epoch') AS newest_at FROM entry_states s) n WHERE c.newest_at > n.newest_at;

-- name: CountyVersions :many
SELECT * FROM live_counties;

-- name: LiveBuckets :many
-- Entries of some counties, alike in county, source, code and traits, as they are now.
SELECT c.county_code, k.source, k.code, all_traits(k.code, k.traits, a.of_month)::integer AS traits, sum(a.entries)::bigint AS entries
FROM (SELECT s.county, s.kind, count(*) AS entries,
             traits_of_month(s.added_at, s.found_at, s.routed_at, s.due_on,
                 sqlc.arg(month_start)::timestamptz, sqlc.arg(day)::date, sqlc.arg(late_from)::timestamptz)::integer AS of_month
      FROM entry_states s
      WHERE NOT s.past AND s.county = ANY(ARRAY(SELECT o.ordinal FROM county_ordinals o WHERE o.county_code = ANY(sqlc.arg(counties)::text[])))
      GROUP BY s.county, s.kind, of_month) a
JOIN county_ordinals c ON c.ordinal = a.county JOIN entry_kinds k ON k.kind = a.kind
WHERE k.counted GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;

-- name: Buckets :many
-- The same as of a cut-off. Gaps are entries with a hole in their history: versions and revisions
-- count from 1 without one, so a hole is an event that did not arrive; the newest state may be right,
-- what came before is not. Who has not come into the ledger yet, as far as is known, is no bucket's.
SELECT b.county_code::text AS county_code, b.source::smallint AS source, b.code::text AS code, b.traits::integer AS traits,
       b.counted::boolean AS counted, b.entries::bigint AS entries, b.gaps::bigint AS gaps
FROM buckets_as_of(sqlc.arg(cutoff)::timestamptz, sqlc.arg(month_start)::timestamptz, sqlc.arg(day)::date, sqlc.arg(late_from)::timestamptz)
     AS b (county_code, source, code, traits, counted, entries, gaps, ordinals)
ORDER BY 1, 2, 3, 4, 5;

-- name: FreezeBuckets :many
-- The same, and keeps which entries they are for the snapshot that is made of them.
WITH buckets AS MATERIALIZED (
    SELECT b.* FROM buckets_as_of(sqlc.arg(cutoff)::timestamptz, sqlc.arg(month_start)::timestamptz, sqlc.arg(day)::date, sqlc.arg(late_from)::timestamptz)
         AS b (county_code, source, code, traits, counted, entries, gaps, ordinals)
), frozen AS (
    INSERT INTO frozen_buckets (month, county_code, source, code, traits, ordinals)
    SELECT sqlc.arg(month)::text, b.county_code, b.source, b.code, b.traits, b.ordinals FROM buckets b WHERE b.counted
)
SELECT b.county_code::text AS county_code, b.source::smallint AS source, b.code::text AS code, b.traits::integer AS traits,
       b.counted::boolean AS counted, b.entries::bigint AS entries, b.gaps::bigint AS gaps
FROM buckets b ORDER BY 1, 2, 3, 4, 5;
