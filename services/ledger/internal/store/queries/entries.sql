-- Every read of an entry carries the caller's scope, a range of county codes:
-- '' to '999999' for the province, one code twice for a county. The same range is
-- set for the transaction, and enforced again by row-level security.

-- name: GetEntry :one
SELECT * FROM entries WHERE id = $1 AND county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to);

-- name: GetNumbered :many
-- Each document number within the counties of the one who asks for it; the place says who that is.
SELECT sqlc.embed(e), asked.place::integer AS place
FROM (SELECT unnest(sqlc.arg(places)::integer[]) AS place, unnest(sqlc.arg(indexes)::bytea[]) AS id_number_index,
        unnest(sqlc.arg(counties_from)::text[]) AS county_from, unnest(sqlc.arg(counties_to)::text[]) AS county_to) asked
CROSS JOIN LATERAL (SELECT s.entry_id FROM entry_search s WHERE s.id_number_index = asked.id_number_index
                    AND s.county_code BETWEEN asked.county_from AND asked.county_to LIMIT sqlc.arg(most)) found
JOIN entries e ON e.id = found.entry_id AND e.county_code BETWEEN asked.county_from AND asked.county_to
ORDER BY e.id;

-- name: LockEntry :one
SELECT * FROM entries WHERE id = $1 AND county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to) FOR UPDATE;

-- name: MoveEntry :one
-- The time is taken after the row lock, so after the transaction has its id:
-- the month-end's barrier depends on it.
UPDATE entries SET county_code = $2, routing_reason = $3, suggestions = '[]', responsible_id = NULL,
    routing_version = routing_version + 1, updated_at = clock_timestamp()
WHERE id = $1 RETURNING *;

-- name: InsertRouting :exec
INSERT INTO entry_routings (entry_id, version, county_code, source, reason, actor, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: ListRoutings :many
SELECT * FROM entry_routings WHERE entry_id = $1 ORDER BY version;

-- name: ListOutcomes :many
SELECT * FROM entry_outcomes WHERE entry_id = $1 ORDER BY revision;

-- name: InsertOutcomes :exec
-- Those of entries that are not there are left out; no key refers to them.
INSERT INTO entry_outcomes (entry_id, revision, code, occurred_at)
SELECT o.entry_id, o.revision, o.code, o.occurred_at
FROM (SELECT unnest(sqlc.arg(entry_ids)::uuid[]) AS entry_id, unnest(sqlc.arg(revisions)::bigint[]) AS revision,
             unnest(sqlc.arg(codes)::text[]) AS code, unnest(sqlc.arg(times)::timestamptz[]) AS occurred_at) o
WHERE EXISTS (SELECT FROM entries e WHERE e.id = o.entry_id)
ON CONFLICT DO NOTHING;

-- name: HoldEntries :exec
-- Locks them, sorted, so that two appliers never wait for each other in a circle.
SELECT FROM entries WHERE id = ANY(sqlc.arg(entry_ids)::uuid[]) ORDER BY id FOR UPDATE;

-- name: CountAsOf :many
-- The ledger's own truth at an instant: entries as they are, but those that were routed or
-- found since, which are as their newest routing and newest outcome before it say.
WITH changed AS MATERIALIZED (
    SELECT v.entry_id FROM entry_routings v WHERE v.occurred_at >= sqlc.arg(cutoff)
    UNION
    SELECT n.entry_id FROM entry_outcomes n WHERE n.occurred_at >= sqlc.arg(cutoff)
)
SELECT c.county_code, c.source, c.code, count(*) AS entries
FROM (SELECT e.county_code, e.source, e.code FROM entries e WHERE NOT EXISTS (SELECT FROM changed x WHERE x.entry_id = e.id)
      UNION ALL
      SELECT r.county_code, r.source, coalesce(o.code, '')::text
      FROM changed x
      CROSS JOIN LATERAL (SELECT v.county_code, v.source FROM entry_routings v
          WHERE v.entry_id = x.entry_id AND v.occurred_at < sqlc.arg(cutoff) ORDER BY v.version DESC LIMIT 1) r
      LEFT JOIN LATERAL (SELECT n.code FROM entry_outcomes n
          WHERE n.entry_id = x.entry_id AND n.occurred_at < sqlc.arg(cutoff) ORDER BY n.revision DESC LIMIT 1) o ON true) c
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
