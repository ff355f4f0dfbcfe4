-- +goose Up
ALTER TABLE users
    -- Encrypted under a key that is not in the database; null when none was set up.
    ADD COLUMN totp_secret       bytea,
    ADD COLUMN totp_confirmed_at timestamptz,
    -- The last time step that was used.
    ADD COLUMN totp_step         bigint NOT NULL DEFAULT 0;

CREATE TABLE recovery_codes (
    user_id uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    digest  bytea       NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (user_id, digest)
);

-- +goose Down
DROP TABLE recovery_codes;
ALTER TABLE users DROP COLUMN totp_secret, DROP COLUMN totp_confirmed_at, DROP COLUMN totp_step;
