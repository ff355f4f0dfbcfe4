-- name: LockExports :exec
SELECT pg_advisory_xact_lock(sqlc.arg(lock)::bigint);

-- name: CountRunning :one
-- Those that somebody is at.
SELECT count(*) FILTER (WHERE author_id = sqlc.arg(author_id)) AS own, count(*) AS everybodys
FROM exports WHERE state = 'RUNNING' AND touched_at >= sqlc.arg(alive)::timestamptz;

-- name: InsertExport :one
INSERT INTO exports (id, author_id, region_code, format, layout, in_full, total, created_at, touched_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9) RETURNING *;

-- name: InsertChunk :execrows
-- Nothing is added to one that was cancelled meanwhile: its file is dropped.
WITH running AS (SELECT id FROM exports WHERE id = sqlc.arg(export_id) AND state = 'RUNNING' FOR SHARE)
INSERT INTO export_chunks (export_id, number, sealed) SELECT id, sqlc.arg(number), sqlc.arg(sealed) FROM running;

-- name: GrowExport :execrows
UPDATE exports SET entries = $2, chunks = $3, size_bytes = $4, touched_at = $5 WHERE id = $1 AND state = 'RUNNING';

-- name: EndExport :execrows
UPDATE exports SET state = $2, problem = $3, touched_at = $4, expires_at = $5 WHERE id = $1 AND state IN ('RUNNING', 'READY');

-- name: DropChunks :exec
DELETE FROM export_chunks WHERE export_id = $1;

-- name: ListExports :many
SELECT * FROM exports WHERE author_id = $1 AND region_code = $2 ORDER BY id DESC LIMIT sqlc.arg(most);

-- name: GetExport :one
SELECT * FROM exports WHERE id = $1 AND author_id = $2 AND region_code = $3;

-- name: GetChunk :one
SELECT sealed FROM export_chunks WHERE export_id = $1 AND number = $2;

-- name: ListAbandoned :many
SELECT id FROM exports WHERE state = 'RUNNING' AND touched_at < sqlc.arg(alive)::timestamptz;

-- name: ListExpired :many
SELECT id FROM exports WHERE expires_at <= sqlc.arg(now)::timestamptz;

-- name: DeleteExport :exec
DELETE FROM exports WHERE id = $1;
