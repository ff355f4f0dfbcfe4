-- name: LockRegionChanges :exec
-- A change is checked against all that were entered before it.
SELECT pg_advisory_xact_lock(7315);

-- name: ListRegionChanges :many
SELECT * FROM region_changes ORDER BY position;

-- name: InsertRegionChange :one
-- The time is taken after the transaction has its id: the month-end's barrier
-- depends on it.
INSERT INTO region_changes (id, kind, effective_month, from_codes, to_codes, to_names, to_parents, document, actor, created_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp() FROM (SELECT pg_current_xact_id()) AS assigned
RETURNING *;
