-- name: InsertTransfer :one
INSERT INTO entry_transfers (id, entry_id, from_county, to_county, child_sealed, reason_sealed, proposer, due_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (entry_id) WHERE state = 1 DO NOTHING
RETURNING *;

-- name: LockTransfer :one
SELECT * FROM entry_transfers
WHERE id = $1 AND (from_county BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to)
    OR to_county BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to))
FOR UPDATE;

-- name: EndTransfer :one
UPDATE entry_transfers SET state = $2, answerer = $3, answer_sealed = $4, ended_at = clock_timestamp()
WHERE id = $1 RETURNING *;

-- name: VoidTransfer :exec
UPDATE entry_transfers SET state = 5, ended_at = clock_timestamp() WHERE entry_id = $1 AND state = 1;

-- name: VoidTransfersOf :exec
UPDATE entry_transfers SET state = 5, ended_at = clock_timestamp() WHERE from_county = $1 AND state = 1;

-- name: ListTransfers :many
SELECT * FROM entry_transfers
WHERE id < sqlc.arg(before)::uuid AND (from_county BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to)
    OR to_county BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to))
    AND (sqlc.arg(only_state)::smallint = 0 OR state = sqlc.arg(only_state)::smallint)
    AND (NOT sqlc.arg(overdue)::boolean OR state = 1 AND due_on < sqlc.arg(today)::text::date)
ORDER BY id DESC LIMIT sqlc.arg(most);
