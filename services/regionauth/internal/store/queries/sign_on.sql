-- name: InsertSignOn :exec
INSERT INTO sign_ons (state, nonce, verifier, expires_at) VALUES ($1, $2, $3, $4);

-- name: TakeSignOn :one
DELETE FROM sign_ons WHERE state = $1 AND expires_at > sqlc.arg(now)::timestamptz RETURNING *;

-- name: DropSignOns :exec
DELETE FROM sign_ons WHERE expires_at < sqlc.arg(now)::timestamptz;

-- name: UserByExternalID :one
SELECT * FROM users WHERE external_id = $1 AND external_id <> '';
