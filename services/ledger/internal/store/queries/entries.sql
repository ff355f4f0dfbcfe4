-- Every read of an entry carries the caller's scope, a range of county codes:
-- '' to '999999' for the province, one code twice for a county. The same range is
-- set for the transaction, and enforced again by row-level security.

-- name: GetEntry :one
SELECT * FROM entries WHERE id = $1 AND county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to);

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
INSERT INTO entry_outcomes (entry_id, revision, code, occurred_at)
SELECT o.entry_id, o.revision, o.code, o.occurred_at
FROM (SELECT unnest(sqlc.arg(entry_ids)::uuid[]) AS entry_id, unnest(sqlc.arg(revisions)::bigint[]) AS revision,
             unnest(sqlc.arg(codes)::text[]) AS code, unnest(sqlc.arg(times)::timestamptz[]) AS occurred_at) o
WHERE EXISTS (SELECT FROM entries e WHERE e.id = o.entry_id)
ON CONFLICT DO NOTHING;

-- name: LockEntries :many
-- Sorted, so that two appliers never wait for each other in a circle.
SELECT id FROM entries WHERE id = ANY(sqlc.arg(entry_ids)::uuid[]) ORDER BY id FOR UPDATE;

-- name: CountAsOf :many
-- The ledger's own truth at an instant: the newest routing and the newest
-- outcome before it.
SELECT r.county_code, r.source, coalesce(o.code, '')::text AS code, count(*) AS entries
FROM (SELECT DISTINCT ON (v.entry_id) v.entry_id, v.county_code, v.source FROM entry_routings v
      WHERE v.occurred_at < sqlc.arg(cutoff) ORDER BY v.entry_id, v.version DESC) r
LEFT JOIN (SELECT DISTINCT ON (n.entry_id) n.entry_id, n.code FROM entry_outcomes n
      WHERE n.occurred_at < sqlc.arg(cutoff) ORDER BY n.entry_id, n.revision DESC) o ON o.entry_id = r.entry_id
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
