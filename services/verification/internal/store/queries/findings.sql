-- name: ListCodes :many
SELECT * FROM finding_codes ORDER BY valid_from, position;

-- name: EnsureHead :exec
INSERT INTO entry_heads (entry_id) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: LockHead :one
SELECT * FROM entry_heads WHERE entry_id = $1 FOR UPDATE;

-- name: NextTime :one
-- Taken after the row lock, so after the transaction has its id: the month-end's
-- barrier depends on it. Revisions of one entry never share a time, and never go
-- back in it.
SELECT greatest(clock_timestamp(), sqlc.arg(previous)::timestamptz + interval '1 microsecond')::timestamptz;

-- name: MoveHead :exec
UPDATE entry_heads SET revision = $2, occurred_at = $3 WHERE entry_id = $1;

-- name: InsertFinding :one
INSERT INTO findings (id, entry_id, revision, action, code, school_region, school, witness, witness_date, explanation_sealed,
    current_situation_sealed, family_situation_sealed, parent_contact_sealed, national_student_number_sealed, county_code,
    author_id, author, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
RETURNING *;

-- name: GetRequest :one
SELECT r.digest, sqlc.embed(f) FROM finding_requests r JOIN findings f ON f.id = r.finding_id
WHERE r.author_id = $1 AND r.request_id = $2;

-- name: InsertRequest :exec
INSERT INTO finding_requests (author_id, request_id, digest, finding_id) VALUES ($1, $2, $3, $4);

-- name: GetRevision :one
SELECT * FROM findings WHERE entry_id = $1 AND revision = $2;

-- name: ListFindings :many
SELECT * FROM findings WHERE entry_id = $1 ORDER BY revision DESC;

-- name: NewestFindings :many
SELECT f.* FROM entry_heads h JOIN findings f ON f.entry_id = h.entry_id AND f.revision = h.revision
WHERE h.entry_id = ANY(sqlc.arg(entry_ids)::uuid[]);
