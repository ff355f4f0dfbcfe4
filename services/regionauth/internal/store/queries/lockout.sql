-- name: LockThrottles :many
-- In the order of the keys, so that two attempts never wait for each other in a
-- circle.
INSERT INTO throttles (key, account, touched_at)
SELECT (sqlc.arg(keys)::bytea[])[i], (sqlc.arg(accounts)::bytea[])[i], sqlc.arg(now)::timestamptz
FROM generate_subscripts(sqlc.arg(keys)::bytea[], 1) AS i ORDER BY 1
ON CONFLICT (key) DO UPDATE SET touched_at = greatest(throttles.touched_at, excluded.touched_at)
RETURNING *;

-- name: SetThrottle :exec
UPDATE throttles SET level = $2, level_at = $3, blocked_until = $4, in_flight = $5, succeeded_at = $6, due_at = $7 WHERE key = $1;

-- name: BlockedUntil :many
SELECT key, blocked_until FROM throttles WHERE key = ANY(sqlc.arg(keys)::bytea[]) AND blocked_until IS NOT NULL;

-- name: LiftLockout :exec
-- Where the account is at home stays.
UPDATE throttles SET level = 0, blocked_until = NULL, due_at = NULL WHERE account = $1;

-- name: DropThrottles :exec
DELETE FROM throttles WHERE touched_at < sqlc.arg(touched_before)::timestamptz
    AND (succeeded_at IS NULL OR succeeded_at < sqlc.arg(succeeded_before)::timestamptz);
