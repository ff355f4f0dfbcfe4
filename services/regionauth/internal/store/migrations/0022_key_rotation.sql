-- +goose Up
-- A key that was replaced verifies until the last token that it signed has expired.
ALTER TABLE signing_keys ADD COLUMN replaced_at timestamptz;

-- +goose Down
ALTER TABLE signing_keys DROP COLUMN replaced_at;
