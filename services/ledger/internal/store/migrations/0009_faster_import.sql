-- +goose Up
-- A distribution writes hundreds of thousands of rows in one transaction, and a foreign key
-- costs it a look-up for each. These rows are written by the statements that write the entries;
-- entries and imports are never deleted.
ALTER TABLE entries DROP CONSTRAINT entries_import_id_fkey;
ALTER TABLE entry_routings DROP CONSTRAINT entry_routings_entry_id_fkey;
ALTER TABLE entry_search DROP CONSTRAINT entry_search_entry_id_fkey;

-- The order of the file is that of the ids.
DROP INDEX import_staging_by_import;
CREATE INDEX import_staging_by_import ON import_staging (import_id, entry_id);

-- +goose Down
DROP INDEX import_staging_by_import;
CREATE INDEX import_staging_by_import ON import_staging (import_id, row_number);
ALTER TABLE entry_search ADD FOREIGN KEY (entry_id) REFERENCES entries;
ALTER TABLE entry_routings ADD FOREIGN KEY (entry_id) REFERENCES entries;
ALTER TABLE entries ADD FOREIGN KEY (import_id) REFERENCES imports;
