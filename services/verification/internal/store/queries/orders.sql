-- name: InsertOrder :one
INSERT INTO supervision_orders (id, county_code, issuer_region, title_sealed, due_on, author, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *;

-- name: LockOrder :one
SELECT * FROM supervision_orders WHERE id = $1 AND county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to) FOR UPDATE;

-- name: GetOrder :one
SELECT * FROM supervision_orders WHERE id = $1 AND county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to);

-- name: ListOrders :many
-- The newest first; an empty state selects all.
SELECT * FROM supervision_orders
WHERE county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to) AND id < sqlc.arg(before)::uuid
  AND (sqlc.arg(state)::text = '' OR state = sqlc.arg(state)::text)
  AND (NOT sqlc.arg(overdue)::boolean OR state = 'OPEN' AND due_on < sqlc.arg(today)::date)
  AND (NOT sqlc.arg(escalated)::boolean OR state = 'OPEN' AND escalated)
ORDER BY id DESC LIMIT sqlc.arg(most);

-- name: SetOrder :exec
UPDATE supervision_orders SET state = $2, due_on = $3, received = $4, replied = $5, reminded = $6, escalated = $7 WHERE id = $1;

-- name: InsertStep :one
INSERT INTO supervision_steps (order_id, number, kind, text_sealed, due_on, author_id, author, occurred_at)
SELECT $1, coalesce(max(number), 0) + 1, sqlc.arg(kind), sqlc.arg(text_sealed), sqlc.narg(due_on)::date, sqlc.arg(author_id), sqlc.arg(author), sqlc.arg(occurred_at)
FROM supervision_steps WHERE order_id = $1 RETURNING number;

-- name: ListSteps :many
SELECT * FROM supervision_steps WHERE order_id = $1 ORDER BY number;

-- name: ListToRemind :many
-- Open orders whose last day comes soon or has passed, and of which that was not told yet.
SELECT id FROM supervision_orders
WHERE state = 'OPEN' AND (due_on < sqlc.arg(today)::date AND NOT escalated OR due_on BETWEEN sqlc.arg(today)::date AND sqlc.arg(soon)::date AND NOT reminded)
ORDER BY due_on, id LIMIT sqlc.arg(most);
