-- +goose Up
-- Document number, address, guardian, phone, student number and the columns that
-- nobody knows are sealed (pkg/seal) under a key outside the database; what has to be
-- found is found by keyed digests in a table beside the hot one.
-- +goose StatementBegin
DO $$
BEGIN
    PERFORM set_config('baoxue.scope_from', '', true), set_config('baoxue.scope_to', '999999', true);
    IF EXISTS (SELECT FROM entries) THEN
        RAISE EXCEPTION 'this database holds children''s data in the clear, from before the first release: start with an empty one';
    END IF;
END $$;
-- +goose StatementEnd
DROP INDEX entries_by_id_number;
ALTER TABLE entries
    DROP COLUMN id_number, DROP COLUMN home_address, DROP COLUMN guardian, DROP COLUMN phone,
    DROP COLUMN national_student_number, DROP COLUMN extra_columns,
    ADD COLUMN id_number_sealed               bytea NOT NULL DEFAULT '',
    ADD COLUMN home_address_sealed            bytea NOT NULL DEFAULT '',
    ADD COLUMN guardian_sealed                bytea NOT NULL DEFAULT '',
    ADD COLUMN phone_sealed                   bytea NOT NULL DEFAULT '',
    ADD COLUMN national_student_number_sealed bytea NOT NULL DEFAULT '',
    -- A JSON object, by column head.
    ADD COLUMN extra_columns_sealed           bytea NOT NULL DEFAULT '';
DROP TABLE import_staging;
CREATE UNLOGGED TABLE import_staging (
    import_id                      uuid     NOT NULL,
    entry_id                       uuid     NOT NULL,
    sheet                          text     NOT NULL,
    row_number                     integer  NOT NULL,
    identity_key                   bytea    NOT NULL,
    content_digest                 bytea    NOT NULL,
    serial_number                  text     NOT NULL,
    person_name                    text     NOT NULL,
    birth_date                     text     NOT NULL,
    id_number_sealed               bytea    NOT NULL,
    household_place                text     NOT NULL,
    home_address_sealed            bytea    NOT NULL,
    in_school                      text     NOT NULL,
    national_student_number_sealed bytea    NOT NULL,
    provincial_school              text     NOT NULL,
    provincial_student_number      text     NOT NULL,
    provincial_student_status      text     NOT NULL,
    region_code                    text     NOT NULL,
    source                         smallint NOT NULL,
    guardian_sealed                bytea    NOT NULL,
    phone_sealed                   bytea    NOT NULL,
    extra_columns_sealed           bytea    NOT NULL,
    flags                          text[]   NOT NULL,
    id_number_index                bytea,
    last_four_index                bytea,
    name_bigrams                   text[]   NOT NULL
);
CREATE INDEX import_staging_by_import ON import_staging (import_id, row_number);

-- How an entry is found. No row-level security: it would forbid the indexes, and
-- nothing is read from here but ids, for entries that are then read under it.
CREATE TABLE entry_search (
    entry_id        uuid   PRIMARY KEY REFERENCES entries,
    -- Keyed digests of the number and of its last four characters; null without one.
    id_number_index bytea,
    last_four_index bytea,
    -- Every two characters of the name in a row.
    name_bigrams    text[] NOT NULL
);
CREATE INDEX entry_search_by_id_number ON entry_search (id_number_index);
CREATE INDEX entry_search_by_last_four ON entry_search (last_four_index);
CREATE INDEX entry_search_by_name ON entry_search USING gin (name_bigrams);

-- +goose Down
DROP TABLE entry_search;
ALTER TABLE entries
    DROP COLUMN id_number_sealed, DROP COLUMN home_address_sealed, DROP COLUMN guardian_sealed, DROP COLUMN phone_sealed,
    DROP COLUMN national_student_number_sealed, DROP COLUMN extra_columns_sealed,
    ADD COLUMN id_number text NOT NULL DEFAULT '', ADD COLUMN home_address text NOT NULL DEFAULT '',
    ADD COLUMN guardian text NOT NULL DEFAULT '', ADD COLUMN phone text NOT NULL DEFAULT '',
    ADD COLUMN national_student_number text NOT NULL DEFAULT '', ADD COLUMN extra_columns jsonb NOT NULL DEFAULT '{}';
CREATE INDEX entries_by_id_number ON entries (id_number) WHERE id_number <> '';
