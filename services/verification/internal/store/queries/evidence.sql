-- name: InsertFile :exec
INSERT INTO evidence_files (id) VALUES ($1);

-- name: KnownFiles :many
SELECT id FROM evidence_files WHERE id = ANY(sqlc.arg(ids)::uuid[]);

-- name: InsertEvidence :one
INSERT INTO evidence (id, entry_id, revision, visit_id, legal_step_id, content_type, size_bytes, sha256, county_code, author_id, author,
    occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING *;

-- name: ListEvidence :many
SELECT * FROM evidence WHERE entry_id = $1 ORDER BY id;

-- name: GetEvidence :one
SELECT * FROM evidence WHERE entry_id = $1 AND id = $2;

-- name: HasEvidence :one
SELECT EXISTS (SELECT FROM evidence WHERE entry_id = $1 AND revision = $2);
