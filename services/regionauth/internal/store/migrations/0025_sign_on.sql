-- +goose Up
-- Sign-ons that were begun. The state is kept as a digest, and what has to be sent
-- on is encrypted under the state itself: the table alone is of no use.
CREATE TABLE sign_ons (
    state      bytea       PRIMARY KEY,
    nonce      bytea       NOT NULL,
    verifier   bytea       NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sign_ons_expiry ON sign_ons (expires_at);

-- A login by single sign-on needs no password, and so none that was changed.
ALTER TABLE refresh_tokens ADD COLUMN signed_on boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE refresh_tokens DROP COLUMN signed_on;
DROP TABLE sign_ons;
