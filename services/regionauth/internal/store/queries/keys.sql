-- name: LockKeys :exec
-- Two processes that start at once sign with one key.
SELECT pg_advisory_xact_lock(7314);

-- name: ListKeys :many
SELECT * FROM signing_keys WHERE replaced_at IS NULL OR replaced_at > sqlc.arg(replaced_since)::timestamptz
ORDER BY replaced_at DESC NULLS FIRST, created_at DESC, id;

-- name: ReplaceKeys :exec
UPDATE signing_keys SET replaced_at = sqlc.arg(at)::timestamptz WHERE replaced_at IS NULL;

-- name: InsertKey :exec
INSERT INTO signing_keys (id, seed_sealed, created_at) VALUES ($1, $2, $3);

-- name: DropKeys :exec
DELETE FROM signing_keys WHERE replaced_at < sqlc.arg(replaced_before)::timestamptz;
