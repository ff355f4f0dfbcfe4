-- name: ListHeadIDs :many
-- The next entries that have a finding made since an instant.
SELECT entry_id FROM entry_heads
WHERE entry_id > sqlc.arg(after) AND revision > 0 AND occurred_at >= sqlc.arg(since)
ORDER BY entry_id LIMIT sqlc.arg(most);

-- name: ListChains :many
SELECT * FROM findings WHERE entry_id = ANY(sqlc.arg(entry_ids)::uuid[]) ORDER BY entry_id, revision;

-- name: ListNewestLinks :many
-- The newest link of each entry in a span of time.
SELECT DISTINCT ON (entry_id) entry_id, revision, digest FROM findings
WHERE entry_id = ANY(sqlc.arg(entry_ids)::uuid[]) AND digest IS NOT NULL
    AND occurred_at >= sqlc.arg(from_time) AND occurred_at < sqlc.arg(to_time)
ORDER BY entry_id, revision DESC;

-- name: LastSeal :one
SELECT coalesce(max(to_time), '-infinity')::timestamptz > '-infinity' AS sealed,
    coalesce(max(to_time), '0001-01-01')::timestamptz AS to_time FROM finding_seals;

-- name: InsertSeal :exec
INSERT INTO finding_seals (to_time, from_time, entries, digest) VALUES ($1, $2, $3, $4);

-- name: LockSeals :one
SELECT pg_try_advisory_xact_lock(sqlc.arg(key)::bigint)::boolean;

-- name: NameEntries :exec
-- For a transaction that goes through all entries, some at a time.
SELECT set_config('baoxue.entries', sqlc.arg(entries)::text, true);
