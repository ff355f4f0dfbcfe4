-- name: SetTotpSecret :execrows
UPDATE users SET totp_secret = sqlc.arg(secret)::bytea WHERE id = $1 AND totp_confirmed_at IS NULL;

-- name: ConfirmTotp :execrows
-- The secret that the code was of, and no other that was set up meanwhile.
UPDATE users SET totp_confirmed_at = sqlc.arg(at)::timestamptz, totp_step = sqlc.arg(step)
WHERE id = $1 AND totp_confirmed_at IS NULL AND totp_secret = sqlc.arg(secret)::bytea;

-- name: UseTotpStep :execrows
UPDATE users SET totp_step = sqlc.arg(step) WHERE id = $1 AND totp_step < sqlc.arg(step);

-- name: TurnOffTotp :exec
UPDATE users SET totp_secret = NULL, totp_confirmed_at = NULL, totp_step = 0 WHERE id = $1;

-- name: InsertRecoveryCode :exec
INSERT INTO recovery_codes (user_id, digest) VALUES ($1, $2);

-- name: DropRecoveryCodes :exec
DELETE FROM recovery_codes WHERE user_id = $1;

-- name: UseRecoveryCode :execrows
UPDATE recovery_codes SET used_at = sqlc.arg(at)::timestamptz WHERE user_id = $1 AND digest = $2 AND used_at IS NULL;
