-- +goose Up
-- Signing keys are sealed (pkg/seal) like second factors: who has a copy of the database
-- can make no token. A new key is made at the next start, second factors are set up again.
DELETE FROM signing_keys;
ALTER TABLE signing_keys DROP COLUMN seed, ADD COLUMN seed_sealed bytea NOT NULL;
UPDATE users SET totp_secret = NULL, totp_confirmed_at = NULL;

-- +goose Down
DELETE FROM signing_keys;
ALTER TABLE signing_keys DROP COLUMN seed_sealed, ADD COLUMN seed bytea NOT NULL CHECK (length(seed) = 32);
