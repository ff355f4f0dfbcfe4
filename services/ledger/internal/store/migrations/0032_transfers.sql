-- +goose Up
-- Offers of entries by one county to another. What the other is told of the child, the
-- reason and the answer are sealed.
CREATE TABLE entry_transfers (
    id             uuid        PRIMARY KEY,
    entry_id       uuid        NOT NULL REFERENCES entries,
    from_county    text        NOT NULL,
    to_county      text        NOT NULL CHECK (to_county <> from_county),
    state          smallint    NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 5),
    child_sealed   bytea       NOT NULL,
    reason_sealed  bytea       NOT NULL,
    answer_sealed  bytea       NOT NULL DEFAULT '',
    proposer       text        NOT NULL,
    answerer       text        NOT NULL DEFAULT '',
    due_on         date        NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at       timestamptz,
    CHECK ((state = 1) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX entry_transfers_open ON entry_transfers (entry_id) WHERE state = 1;
CREATE INDEX entry_transfers_from ON entry_transfers (from_county, id);
CREATE INDEX entry_transfers_to ON entry_transfers (to_county, id);
ALTER TABLE entry_transfers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY entry_transfers_in_scope ON entry_transfers
    USING (from_county BETWEEN current_setting('baoxue.scope_from', true) AND nullif(current_setting('baoxue.scope_to', true), '')
        OR to_county BETWEEN current_setting('baoxue.scope_from', true) AND nullif(current_setting('baoxue.scope_to', true), ''));

-- +goose Down
DROP TABLE entry_transfers;
