-- +goose Up
-- Whether a row is the first of its child in the file: who reads the file knows, and a
-- comparison of all rows with all is spared.
ALTER TABLE import_staging
    ADD COLUMN first    boolean NOT NULL DEFAULT true,
    -- The entry of a child that the ledger, or an earlier row, has already.
    ADD COLUMN known_id uuid;

-- +goose Down
ALTER TABLE import_staging DROP COLUMN first, DROP COLUMN known_id;
