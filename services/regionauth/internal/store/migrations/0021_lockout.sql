-- +goose Up
-- Wrong attempts, by account, by address, and by both. A key is a digest: people
-- type passwords into the wrong field. There is no reference to users: a name
-- that nobody has is counted like any other.
CREATE TABLE throttles (
    key           bytea         PRIMARY KEY,
    -- The account's own key; empty for an address.
    account       bytea         NOT NULL,
    -- Wrong attempts as of level_at; they are forgotten bit by bit.
    level         float8        NOT NULL DEFAULT 0,
    level_at      timestamptz,
    blocked_until timestamptz,
    -- When attempts began whose outcome is not known yet.
    in_flight     timestamptz[] NOT NULL DEFAULT '{}',
    succeeded_at  timestamptz,
    -- From then on one attempt is due, whatever others do.
    due_at        timestamptz,
    touched_at    timestamptz   NOT NULL
);
CREATE INDEX throttles_account ON throttles (account);
CREATE INDEX throttles_touched ON throttles (touched_at);

-- +goose Down
DROP TABLE throttles;
