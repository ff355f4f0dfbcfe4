-- +goose Up
ALTER TABLE users ADD COLUMN disabled_at timestamptz;
-- A revoked token stays until it expires, so that a login that was ended for a
-- token that came twice can still be looked into.
ALTER TABLE refresh_tokens ADD COLUMN revoked_at timestamptz;

-- +goose Down
ALTER TABLE refresh_tokens DROP COLUMN revoked_at;
ALTER TABLE users DROP COLUMN disabled_at;
