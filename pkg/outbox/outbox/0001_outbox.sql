-- +goose Up
-- Rows are never paged through by id: ids are given out before commit, so a slow
-- transaction's row would be skipped for ever. The relay selects what is unsent;
-- xid says which transaction wrote a row, for the barrier.
CREATE TABLE outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid          xid8        NOT NULL DEFAULT pg_current_xact_id(),
    event_id     uuid        NOT NULL,
    event_type   text        NOT NULL,
    subject      text        NOT NULL,
    payload      bytea       NOT NULL,
    occurred_at  timestamptz NOT NULL,
    published_at timestamptz,
    sequence     bigint
);
CREATE INDEX outbox_unsent ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_sent ON outbox (published_at) WHERE published_at IS NOT NULL;
CREATE TABLE outbox_position (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    sequence bigint NOT NULL
);
INSERT INTO outbox_position (sequence) VALUES (0);

-- +goose Down
DROP TABLE outbox_position, outbox;
