-- +goose Up
ALTER TABLE users
    ADD COLUMN must_change_password boolean     NOT NULL DEFAULT false,
    -- Who this is at the single sign-on provider; empty means nobody.
    ADD COLUMN external_id          text        NOT NULL DEFAULT '',
    -- Null means never. Who was a user before this was kept may have logged in.
    ADD COLUMN last_login_at        timestamptz,
    ADD COLUMN disable_reason       text        NOT NULL DEFAULT '';
UPDATE users SET last_login_at = created_at;
CREATE UNIQUE INDEX users_external_id_key ON users (external_id) WHERE external_id <> '';
CREATE INDEX users_region ON users (region_code);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);

-- The hashes of the last passwords, the current one among them.
CREATE TABLE passwords (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id uuid   NOT NULL REFERENCES users ON DELETE CASCADE,
    hash    text   NOT NULL
);
CREATE INDEX passwords_user ON passwords (user_id, id);
INSERT INTO passwords (user_id, hash) SELECT id, password_hash FROM users;

-- Services that hold no more work of a disabled user.
CREATE TABLE hand_overs (
    user_id      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    service      text        NOT NULL,
    items        integer     NOT NULL,
    confirmed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, service)
);

-- +goose Down
DROP TABLE hand_overs, passwords;
DROP INDEX refresh_tokens_user;
ALTER TABLE users DROP COLUMN must_change_password, DROP COLUMN external_id, DROP COLUMN last_login_at, DROP COLUMN disable_reason;
