-- +goose Up
-- The workbook (.xlsx) that was issued beside the page, with its SHA-256: a correction after the issue
-- shows in the next version.
ALTER TABLE bulletins
    ADD COLUMN workbook        bytea,
    ADD COLUMN workbook_digest text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE bulletins DROP COLUMN workbook_digest, DROP COLUMN workbook;
