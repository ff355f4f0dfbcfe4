-- name: SetWork :execrows
UPDATE entry_heads SET work = $2 WHERE entry_id = $1;

-- name: GetHead :one
SELECT * FROM entry_heads WHERE entry_id = $1;

-- name: ApplyPlaces :exec
-- Forwards only: a batch may bring several versions of one entry, and old ones late.
INSERT INTO entry_places (entry_id, county_code, source, version, routed_at)
SELECT DISTINCT ON (n.entry_id) n.entry_id, n.county_code, n.source, n.version, n.routed_at
FROM (SELECT unnest(sqlc.arg(entry_ids)::uuid[]) AS entry_id, unnest(sqlc.arg(county_codes)::text[]) AS county_code,
    unnest(sqlc.arg(sources)::smallint[]) AS source, unnest(sqlc.arg(versions)::bigint[]) AS version,
    unnest(sqlc.arg(times)::timestamptz[]) AS routed_at) n
ORDER BY n.entry_id, n.version DESC
ON CONFLICT (entry_id) DO UPDATE
SET county_code = excluded.county_code, source = excluded.source, version = excluded.version, routed_at = excluded.routed_at
WHERE entry_places.version < excluded.version;

-- name: Clock :one
-- Taken after the row lock, and so after the transaction has its id, see GetHeads.
SELECT clock_timestamp()::timestamptz;
