-- +goose Up
-- Files of entries that are made in the background. What was asked for is not kept: it may name a
-- child.
CREATE TABLE exports (
    id          uuid        PRIMARY KEY,
    author_id   text        NOT NULL,
    -- Whose entries the author saw: whoever moved on sees none of them.
    region_code text        NOT NULL,
    format      text        NOT NULL CHECK (format IN ('XLSX', 'CSV')),
    layout      text        NOT NULL CHECK (layout IN ('WORK', 'MINISTRY')),
    in_full     boolean     NOT NULL,
    state       text        NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'READY', 'FAILED', 'CANCELLED')),
    entries     bigint      NOT NULL DEFAULT 0,
    total       bigint      NOT NULL,
    chunks      integer     NOT NULL DEFAULT 0,
    size_bytes  bigint      NOT NULL DEFAULT 0,
    problem     text        NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    -- Whoever makes it said so last.
    touched_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX exports_by_author ON exports (author_id, id);

-- The file in pieces, each sealed at its place.
CREATE TABLE export_chunks (
    export_id uuid    NOT NULL REFERENCES exports ON DELETE CASCADE,
    number    integer NOT NULL CHECK (number >= 1),
    sealed    bytea   NOT NULL,
    PRIMARY KEY (export_id, number)
);
ALTER TABLE export_chunks ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- +goose Down
DROP TABLE export_chunks, exports;
