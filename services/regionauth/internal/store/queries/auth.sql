-- name: InsertUser :one
INSERT INTO users (id, username, display_name, password_hash, level, region_code, roles, external_id, must_change_password)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING *;

-- name: UserByName :one
SELECT * FROM users WHERE username = $1;

-- name: UserByID :one
SELECT * FROM users WHERE id = $1;

-- name: LockUsers :exec
-- Two bootstraps at once: the second finds the first's user.
LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;

-- name: AnyUser :one
SELECT EXISTS (SELECT FROM users);

-- name: InsertRefresh :exec
INSERT INTO refresh_tokens (digest, family, user_id, expires_at, signed_on) VALUES ($1, $2, $3, $4, $5);

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

-- name: RevokeLogins :exec
UPDATE refresh_tokens SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL;

-- name: LockUser :one
SELECT * FROM users WHERE id = $1 FOR NO KEY UPDATE;

-- name: LoggedIn :one
UPDATE users SET last_login_at = sqlc.arg(at)::timestamptz WHERE id = $1 RETURNING *;

-- name: Revoke :exec
INSERT INTO revocations (subject, issued_before) VALUES ($1, $2)
ON CONFLICT (subject) DO UPDATE SET issued_before = greatest(revocations.issued_before, excluded.issued_before);

-- name: ListRevocations :many
SELECT * FROM revocations WHERE issued_before > sqlc.arg(since) ORDER BY subject;

-- name: DropRevocations :exec
DELETE FROM revocations WHERE issued_before < sqlc.arg(before);

-- name: SetPassword :one
UPDATE users SET password_hash = $2, must_change_password = $3 WHERE id = $1 RETURNING *;

-- name: RememberPassword :exec
INSERT INTO passwords (user_id, hash) VALUES ($1, $2);

-- name: ForgetPasswords :exec
DELETE FROM passwords p WHERE p.user_id = $1
    AND p.id NOT IN (SELECT l.id FROM passwords l WHERE l.user_id = $1 ORDER BY l.id DESC LIMIT sqlc.arg(keep)::int);

-- name: ListPasswords :many
SELECT hash FROM passwords WHERE user_id = $1 ORDER BY id DESC;
