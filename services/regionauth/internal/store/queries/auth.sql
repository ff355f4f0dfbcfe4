-- name: InsertUser :one
INSERT INTO users (id, username, display_name, password_hash, level, region_code, roles)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *;

-- name: UserByName :one
SELECT * FROM users WHERE username = $1;

-- name: UserByID :one
SELECT * FROM users WHERE id = $1;

-- name: ListUsers :many
SELECT * FROM users WHERE username > sqlc.arg(after) ORDER BY username LIMIT sqlc.arg(most);

-- name: LockUsers :exec
-- Two bootstraps at once: the second finds the first's user.
LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;

-- name: AnyUser :one
SELECT EXISTS (SELECT FROM users);

-- name: InsertRefresh :exec
INSERT INTO refresh_tokens (digest, family, user_id, expires_at) VALUES ($1, $2, $3, $4);

-- name: LockRefreshOwner :one
-- Whatever changes a family of tokens holds its user's row first. Locking the
-- token alone would let a revocation miss the token that a refresh of another
-- member of the family is just adding.
SELECT u.* FROM users u JOIN refresh_tokens r ON r.user_id = u.id WHERE r.digest = $1 FOR NO KEY UPDATE OF u;

-- name: GetRefresh :one
SELECT * FROM refresh_tokens WHERE digest = $1;

-- name: UseRefresh :exec
UPDATE refresh_tokens SET used_at = now() WHERE digest = $1;

-- name: RevokeFamily :exec
UPDATE refresh_tokens SET revoked_at = now() WHERE family = $1 AND revoked_at IS NULL;

-- name: DropExpired :exec
DELETE FROM refresh_tokens WHERE expires_at < now();

-- name: LockKeys :exec
-- Two processes that start at once sign with one key.
SELECT pg_advisory_xact_lock(7314);

-- name: ListKeys :many
SELECT * FROM signing_keys ORDER BY created_at DESC, id;

-- name: InsertKey :exec
INSERT INTO signing_keys (id, seed) VALUES ($1, $2);

-- name: ListRevocations :many
SELECT * FROM revocations WHERE issued_before > sqlc.arg(since) ORDER BY subject;
