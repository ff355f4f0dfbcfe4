-- +goose Up
CREATE TABLE users (
    id            uuid        PRIMARY KEY,
    username      text        NOT NULL CONSTRAINT users_username_key UNIQUE CHECK (username = lower(username)),
    display_name  text        NOT NULL,
    -- argon2id in PHC form.
    password_hash text        NOT NULL,
    -- 1 province, 2 city, 3 county
    level         smallint    NOT NULL CHECK (level BETWEEN 1 AND 3),
    region_code   text        NOT NULL CHECK (region_code ~ '^[0-9]{6}$'),
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- Only digests: who reads the table can't log in with it. A family is one login
-- and all that was refreshed from it.
CREATE TABLE refresh_tokens (
    digest     bytea       PRIMARY KEY,
    family     uuid        NOT NULL,
    user_id    uuid        NOT NULL REFERENCES users,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

CREATE TABLE signing_keys (
    id         text        PRIMARY KEY,
    -- Ed25519 seed, 32 bytes.
    seed       bytea       NOT NULL CHECK (length(seed) = 32),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE signing_keys, refresh_tokens, users;
