-- +goose Up
-- How far the newest close of a month is, or how it ended: for those who wait for it.
CREATE TABLE closings (
    month      text        PRIMARY KEY,
    step       text        NOT NULL CHECK (step IN ('WAITING', 'COUNTING', 'STORING', 'DONE', 'FAILED')),
    author     text        NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason     text        NOT NULL DEFAULT '',
    message    text        NOT NULL DEFAULT ''
);

-- +goose Down
DROP TABLE closings;
