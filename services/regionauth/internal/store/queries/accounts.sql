-- name: ListAccounts :many
SELECT * FROM service_accounts WHERE name > sqlc.arg(after) ORDER BY name LIMIT sqlc.arg(most);

-- name: InsertAccount :one
INSERT INTO service_accounts (name, display_name, scopes, region_code, certificate_identity, expires_at)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING *;

-- name: LockAccount :one
SELECT * FROM service_accounts WHERE name = $1 FOR UPDATE;

-- name: UpdateAccount :one
UPDATE service_accounts SET display_name = $2, scopes = $3, region_code = $4, certificate_identity = $5, expires_at = $6
WHERE name = $1 RETURNING *;

-- name: DisableAccount :one
UPDATE service_accounts SET disabled_at = sqlc.arg(at)::timestamptz, disable_reason = sqlc.arg(reason) WHERE name = $1 RETURNING *;

-- name: AccountBySecret :one
SELECT account FROM service_secrets WHERE digest = $1 AND (expires_at IS NULL OR expires_at > sqlc.arg(now)::timestamptz);

-- name: AccountsByCertificate :many
SELECT name FROM service_accounts WHERE certificate_identity = ANY(sqlc.arg(identities)::text[]);

-- name: UseAccount :one
-- Waits for a disabling that is under way, and then finds it.
UPDATE service_accounts SET last_used_at = sqlc.arg(at)::timestamptz
WHERE name = $1 AND disabled_at IS NULL AND (expires_at IS NULL OR expires_at > sqlc.arg(at)::timestamptz) RETURNING *;

-- name: InsertSecret :exec
INSERT INTO service_secrets (digest, account) VALUES ($1, $2);

-- name: ExpireSecrets :exec
UPDATE service_secrets SET expires_at = least(expires_at, sqlc.arg(at)::timestamptz) WHERE account = $1;

-- name: DropSecrets :exec
DELETE FROM service_secrets WHERE expires_at < sqlc.arg(now)::timestamptz;
