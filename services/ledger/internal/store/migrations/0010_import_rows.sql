-- +goose Up
-- The file of an import, sealed in pieces, to give it back with what is odd in it. It goes
-- after some time.
CREATE TABLE import_files (
    import_id uuid    NOT NULL,
    piece     integer NOT NULL,
    sealed    bytea   NOT NULL,
    PRIMARY KEY (import_id, piece)
);
ALTER TABLE import_files ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE import_files ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY import_files_of_the_province ON import_files
    USING (current_setting('baoxue.scope_to', true) = '999999' AND current_setting('baoxue.scope_from', true) = '');

-- The children of each import, with four bytes of a keyed digest for each described field,
-- in the order of domain.Described. An import's rows lie together: its range of blocks is
-- all the index that two of them need to be compared.
CREATE TABLE import_members (
    import_id     uuid  NOT NULL,
    entry_id      uuid  NOT NULL,
    field_digests bytea NOT NULL
);
CREATE INDEX import_members_by_import ON import_members USING brin (import_id);
ALTER TABLE import_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY import_members_of_the_province ON import_members
    USING (current_setting('baoxue.scope_to', true) = '999999' AND current_setting('baoxue.scope_from', true) = '');

ALTER TABLE import_staging ADD COLUMN field_digests bytea NOT NULL DEFAULT '';
-- A row that is no child's, such as a sum or a note, has no entry.
ALTER TABLE import_issues ALTER COLUMN entry_id DROP NOT NULL;

-- +goose Down
DELETE FROM import_issues WHERE entry_id IS NULL;
ALTER TABLE import_issues ALTER COLUMN entry_id SET NOT NULL;
ALTER TABLE import_staging DROP COLUMN field_digests;
DROP TABLE import_members, import_files;
