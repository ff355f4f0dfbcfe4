-- name: Horizon :one
-- The first transaction that may still be under way, and the first that has not begun.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS settled, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS begun;

-- name: ChangesAfter :many
SELECT * FROM entry_changes
WHERE (tx, position) > (sqlc.arg(tx)::bigint, sqlc.arg(position)::bigint) AND tx < sqlc.arg(settled)::bigint
    AND (county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to)
        OR previous_county BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to))
ORDER BY tx, position LIMIT sqlc.arg(most);

-- name: CheckNumbers :many
SELECT s.id_number_index, e.id, e.source, e.county_code, e.status, e.code
FROM entry_search s JOIN entries e ON e.id = s.entry_id
WHERE s.id_number_index = ANY (sqlc.arg(indexes)::bytea[]) AND e.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to)
ORDER BY e.id;
