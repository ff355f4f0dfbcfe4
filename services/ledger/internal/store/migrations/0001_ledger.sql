-- +goose Up
CREATE TABLE imports (
    id             uuid        PRIMARY KEY,
    filename       text        NOT NULL,
    state          text        NOT NULL CHECK (state IN ('RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    rows_read      integer     NOT NULL DEFAULT 0,
    rows_stored    integer     NOT NULL DEFAULT 0,
    rows_flagged   integer     NOT NULL DEFAULT 0,
    rows_created   integer     NOT NULL DEFAULT 0,
    rows_updated   integer     NOT NULL DEFAULT 0,
    rows_unmatched integer     NOT NULL DEFAULT 0,
    error_reason   text        NOT NULL DEFAULT '',
    error_message  text        NOT NULL DEFAULT '',
    actor          text        NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz,
    CHECK ((state = 'RUNNING') = (ended_at IS NULL))
);

-- One row is one child. Columns from serial_number to provincial_student_status
-- are the notice's, as given.
CREATE TABLE entries (
    id                          uuid        PRIMARY KEY,
    -- What makes a later row the same child: source, document number and name.
    identity_key                bytea       NOT NULL UNIQUE,
    -- Digest of the descriptive columns: tells whether a later row changes them.
    content_digest              bytea       NOT NULL,
    serial_number               text        NOT NULL,
    person_name                 text        NOT NULL,
    birth_date                  text        NOT NULL,
    id_number                   text        NOT NULL,
    household_place             text        NOT NULL,
    home_address                text        NOT NULL,
    in_school                   text        NOT NULL,
    national_student_number     text        NOT NULL,
    provincial_school           text        NOT NULL,
    provincial_student_number   text        NOT NULL,
    provincial_student_status   text        NOT NULL,
    region_code                 text        NOT NULL,
    source                      smallint    NOT NULL CHECK (source BETWEEN 0 AND 3),
    guardian                    text        NOT NULL,
    phone                       text        NOT NULL,
    extra_columns               jsonb       NOT NULL DEFAULT '{}',
    flags                       text[]      NOT NULL DEFAULT '{}',
    -- Empty: the province's own queue.
    county_code                 text        NOT NULL CHECK (county_code ~ '^([0-9]{6})?$'),
    routing_reason              text        NOT NULL,
    suggestions                 jsonb       NOT NULL DEFAULT '[]',
    routing_version             bigint      NOT NULL DEFAULT 1,
    -- Projection of verification's newest outcome: 1 pending, 2 unconfirmed, 3 handled.
    status                      smallint    NOT NULL DEFAULT 1 CHECK (status BETWEEN 1 AND 3),
    code                        text        NOT NULL DEFAULT '',
    revision                    bigint      NOT NULL DEFAULT 0,
    import_id                   uuid        NOT NULL REFERENCES imports,
    created_at                  timestamptz NOT NULL,
    updated_at                  timestamptz NOT NULL,
    CHECK ((status = 1) = (code = '') AND (status = 2) = (code = '99') AND (status = 1) = (revision = 0))
);
CREATE INDEX entries_by_county ON entries (county_code, status, id);
CREATE INDEX entries_by_id_number ON entries (id_number) WHERE id_number <> '';

-- Where an entry was handled, and since when: the ledger's own truth as of any
-- instant, with entry_outcomes.
CREATE TABLE entry_routings (
    entry_id    uuid        NOT NULL REFERENCES entries,
    version     bigint      NOT NULL CHECK (version >= 1),
    county_code text        NOT NULL,
    source      smallint    NOT NULL,
    reason      text        NOT NULL,
    actor       text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (entry_id, version)
);

CREATE TABLE entry_outcomes (
    entry_id    uuid        NOT NULL REFERENCES entries,
    revision    bigint      NOT NULL CHECK (revision >= 1),
    code        text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (entry_id, revision)
);

-- Rows on their way in; a crash may empty it, the import is then repeated.
CREATE UNLOGGED TABLE import_staging (
    import_id                   uuid     NOT NULL,
    entry_id                    uuid     NOT NULL,
    sheet                       text     NOT NULL,
    row_number                  integer  NOT NULL,
    identity_key                bytea    NOT NULL,
    content_digest              bytea    NOT NULL,
    serial_number               text     NOT NULL,
    person_name                 text     NOT NULL,
    birth_date                  text     NOT NULL,
    id_number                   text     NOT NULL,
    household_place             text     NOT NULL,
    home_address                text     NOT NULL,
    in_school                   text     NOT NULL,
    national_student_number     text     NOT NULL,
    provincial_school           text     NOT NULL,
    provincial_student_number   text     NOT NULL,
    provincial_student_status   text     NOT NULL,
    region_code                 text     NOT NULL,
    source                      smallint NOT NULL,
    guardian                    text     NOT NULL,
    phone                       text     NOT NULL,
    extra_columns               jsonb    NOT NULL,
    flags                       text[]   NOT NULL
);
CREATE INDEX import_staging_by_import ON import_staging (import_id, row_number);

-- The answers of the region service for the codes of one import.
CREATE UNLOGGED TABLE import_regions (
    import_id   uuid  NOT NULL,
    region_code text  NOT NULL,
    county_code text  NOT NULL,
    reason      text  NOT NULL,
    flag        text  NOT NULL,
    candidates  jsonb NOT NULL,
    PRIMARY KEY (import_id, region_code)
);

CREATE TABLE import_issues (
    import_id  uuid    NOT NULL REFERENCES imports,
    sheet      text    NOT NULL,
    row_number integer NOT NULL,
    entry_id   uuid    NOT NULL,
    flags      text[]  NOT NULL,
    PRIMARY KEY (import_id, row_number, sheet)
);

-- +goose Down
DROP TABLE import_issues, import_regions, import_staging, entry_outcomes, entry_routings, entries, imports;
