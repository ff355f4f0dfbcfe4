-- +goose Up
-- A county's word that it has nothing to report of a month (零报告).
CREATE TABLE zero_reports (
    month       text        NOT NULL CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    county_code text        NOT NULL,
    author_id   text        NOT NULL,
    author      text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (month, county_code)
);
CREATE TRIGGER zero_reports_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON zero_reports
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What arrived after a close and happened before its cut-off (更正). The closed figures stay;
-- a correction is its differences to them and to the corrections before it.
CREATE TABLE corrections (
    month           text        NOT NULL,
    number          integer     NOT NULL CHECK (number >= 1),
    snapshot        bigint      NOT NULL REFERENCES snapshots,
    -- Of the figures as corrected, as if the month had been closed with them.
    digest          text        NOT NULL,
    stream_sequence bigint      NOT NULL,
    reason          text        NOT NULL CHECK (reason <> ''),
    author          text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (month, number)
);
CREATE TABLE correction_rows (
    month       text     NOT NULL,
    number      integer  NOT NULL,
    position    integer  NOT NULL,
    region_code text     NOT NULL,
    region_name text     NOT NULL,
    parent_code text     NOT NULL,
    source      smallint NOT NULL CHECK (source BETWEEN -1 AND 3),
    figure      text     NOT NULL,
    before      bigint   NOT NULL CHECK (before >= 0),
    after       bigint   NOT NULL CHECK (after >= 0 AND after <> before),
    PRIMARY KEY (month, number, position),
    FOREIGN KEY (month, number) REFERENCES corrections
);
CREATE TRIGGER corrections_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON corrections
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER correction_rows_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON correction_rows
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE correction_rows, corrections, zero_reports;
