-- name: InsertLegalStep :exec
INSERT INTO legal_steps (id, entry_id, number, revision, code, name, step_date, document_number_sealed, authority_sealed, note_sealed,
    county_code, author_id, author, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: WithdrawLegalStep :exec
INSERT INTO legal_step_withdrawals (step_id, entry_id, reason_sealed, county_code, author_id, author, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: GetLegalStep :one
SELECT * FROM legal_steps WHERE entry_id = $1 AND id = $2;

-- name: ListLegalSteps :many
SELECT sqlc.embed(s), w.reason_sealed, coalesce(w.author, '')::text AS withdrawn_by, w.occurred_at AS withdrawn_at
FROM legal_steps s LEFT JOIN legal_step_withdrawals w ON w.step_id = s.id
WHERE s.entry_id = $1 ORDER BY s.number;

-- name: ListUnnamedLegalSteps :many
-- Entries with steps whose work names none; whether one holds, the domain says.
SELECT DISTINCT s.entry_id, p.county_code
FROM legal_steps s JOIN entry_heads h ON h.entry_id = s.entry_id JOIN entry_places p ON p.entry_id = s.entry_id
WHERE (h.work ->> 'persuading')::boolean AND h.work ->> 'legalStep' IS NULL;
