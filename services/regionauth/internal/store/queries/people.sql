-- name: ListUsers :many
-- No regions means all of them.
SELECT * FROM users
WHERE username > sqlc.arg(after)
    AND (cardinality(sqlc.arg(regions)::text[]) = 0 OR region_code = ANY(sqlc.arg(regions)::text[]))
    AND (sqlc.arg(q)::text = '' OR strpos(username, lower(sqlc.arg(q)::text)) > 0 OR strpos(lower(display_name), lower(sqlc.arg(q)::text)) > 0)
ORDER BY username LIMIT sqlc.arg(most);

-- name: LockAdministrators :exec
-- Of two who take the role from each other at once the second finds none left.
SELECT pg_advisory_xact_lock(7316);

-- name: CountOtherAdministrators :one
SELECT count(*) FROM users WHERE level = 1 AND 4 = ANY(roles) AND disabled_at IS NULL AND id <> $1;

-- name: UpdateUser :one
UPDATE users SET display_name = $2, region_code = $3, roles = $4, external_id = $5 WHERE id = $1 RETURNING *;

-- name: DisableUser :one
UPDATE users SET disabled_at = sqlc.arg(at)::timestamptz, disable_reason = sqlc.arg(reason) WHERE id = $1 RETURNING *;

-- name: EnableUser :one
UPDATE users SET disabled_at = NULL, disable_reason = '' WHERE id = $1 RETURNING *;

-- name: DeleteUser :exec
DELETE FROM users WHERE id = $1;

-- name: ConfirmHandOver :exec
-- Of a user who was enabled again meanwhile, nothing has been handed over.
INSERT INTO hand_overs (user_id, service, items)
SELECT id, sqlc.arg(service)::text, sqlc.arg(items)::int FROM users WHERE id = $1 AND disabled_at IS NOT NULL
ON CONFLICT (user_id, service) DO UPDATE SET items = hand_overs.items + excluded.items;

-- name: ForgetHandOvers :exec
DELETE FROM hand_overs WHERE user_id = $1;

-- name: ListHandOvers :many
SELECT service FROM hand_overs WHERE user_id = $1;
