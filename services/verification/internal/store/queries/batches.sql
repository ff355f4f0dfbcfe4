-- name: InsertBatch :one
INSERT INTO finding_batches (id, author_id, content_sealed) VALUES ($1, $2, $3) RETURNING created_at;

-- name: DropOldBatches :exec
DELETE FROM finding_batches WHERE created_at < now() - interval '7 days';

-- name: GetBatch :one
SELECT * FROM finding_batches WHERE id = $1 AND author_id = $2;

-- name: UpdateBatch :exec
UPDATE finding_batches SET content_sealed = $2 WHERE id = $1;
