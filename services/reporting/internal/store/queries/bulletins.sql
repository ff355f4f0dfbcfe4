-- name: ListBulletins :many
SELECT * FROM bulletins WHERE month = $1 ORDER BY version;

-- name: LastIssued :one
-- The next bulletin begins with what this one says.
SELECT * FROM bulletins WHERE state = 'ISSUED' ORDER BY issue_year DESC, issue_number DESC LIMIT 1;

-- name: SaveDraft :one
INSERT INTO bulletins (month, version, state, snapshot, body, requirements, change_note, drafter, drafted_at)
VALUES ($1, $2, 'DRAFT', $3, $4, $5, $6, $7, clock_timestamp())
ON CONFLICT (month, version) DO UPDATE SET state = 'DRAFT', snapshot = excluded.snapshot, body = excluded.body, requirements = excluded.requirements,
    change_note = excluded.change_note, drafter = excluded.drafter, drafted_at = excluded.drafted_at, signer = '', signed_at = NULL
RETURNING *;

-- name: SignBulletin :one
UPDATE bulletins SET state = 'SIGNED', signer = $3, signed_at = clock_timestamp() WHERE month = $1 AND version = $2 RETURNING *;

-- name: LockNumbers :exec
SELECT pg_advisory_xact_lock(7314);

-- name: LastIssueNumber :one
SELECT coalesce(max(issue_number), 0)::integer FROM bulletins WHERE issue_year = $1;

-- name: IssueBulletin :one
UPDATE bulletins SET state = 'ISSUED', issuer = $3, issued_at = $4, issue_year = $5, issue_number = $6, page = $7, digest = $8,
    document = $9, document_digest = $10, workbook = $11, workbook_digest = $12
WHERE month = $1 AND version = $2 RETURNING *;
