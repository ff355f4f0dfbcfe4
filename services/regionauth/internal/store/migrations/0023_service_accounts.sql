-- +goose Up
CREATE TABLE service_accounts (
    name                 text        PRIMARY KEY,
    display_name         text        NOT NULL,
    scopes               text[]      NOT NULL CHECK (cardinality(scopes) > 0),
    region_code          text        NOT NULL CHECK (region_code ~ '^[0-9]{6}$'),
    -- Empty means none.
    certificate_identity text        NOT NULL DEFAULT '',
    expires_at           timestamptz,
    last_used_at         timestamptz,
    created_at           timestamptz NOT NULL DEFAULT now(),
    disabled_at          timestamptz,
    disable_reason       text        NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX service_accounts_certificate_key ON service_accounts (certificate_identity) WHERE certificate_identity <> '';

-- Only digests: who reads the table can't get a token with it. The secrets are
-- random and long, so that a plain digest will do.
CREATE TABLE service_secrets (
    digest     bytea       PRIMARY KEY,
    account    text        NOT NULL REFERENCES service_accounts,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz
);
CREATE INDEX service_secrets_account ON service_secrets (account);

-- +goose Down
DROP TABLE service_secrets, service_accounts;
