-- +goose Up
-- An import brings its rows into the ledger while it reads them. What waits for its end is
-- what it says otherwise of children that the ledger has already: they are changed all at
-- once, in the order in which everybody locks entries.
DROP TABLE import_staging, import_regions;
CREATE UNLOGGED TABLE import_updates (
    import_id                      uuid   NOT NULL,
    entry_id                       uuid   NOT NULL,
    content_digest                 bytea  NOT NULL,
    serial_number                  text   NOT NULL,
    birth_date                     text   NOT NULL,
    household_place                text   NOT NULL,
    home_address_sealed            bytea  NOT NULL,
    in_school                      text   NOT NULL,
    national_student_number_sealed bytea  NOT NULL,
    provincial_school              text   NOT NULL,
    provincial_student_number      text   NOT NULL,
    provincial_student_status      text   NOT NULL,
    guardian_sealed                bytea  NOT NULL,
    phone_sealed                   bytea  NOT NULL,
    extra_columns_sealed           bytea  NOT NULL,
    flags                          text[] NOT NULL
);

-- Hundreds of thousands of rows at once, written by the import itself; imports are never deleted.
ALTER TABLE import_issues DROP CONSTRAINT import_issues_import_id_fkey;

-- +goose Down
ALTER TABLE import_issues ADD FOREIGN KEY (import_id) REFERENCES imports;
DROP TABLE import_updates;
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
    name_bigrams                   text[]   NOT NULL,
    suggestions                    jsonb    NOT NULL DEFAULT '[]',
    name_key                       bytea    NOT NULL DEFAULT '',
    field_digests                  bytea    NOT NULL DEFAULT '',
    first                          boolean  NOT NULL DEFAULT true,
    known_id                       uuid
);
CREATE INDEX import_staging_by_import ON import_staging (import_id, entry_id);
CREATE UNLOGGED TABLE import_regions (
    import_id   uuid  NOT NULL,
    region_code text  NOT NULL,
    county_code text  NOT NULL,
    reason      text  NOT NULL,
    flag        text  NOT NULL,
    candidates  jsonb NOT NULL,
    PRIMARY KEY (import_id, region_code)
);
