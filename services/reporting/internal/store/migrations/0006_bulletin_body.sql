-- +goose Up
-- The body of a bulletin as it was edited, empty for those from before it could be; and the
-- document (.docx) that was issued beside the page, with its SHA-256.
ALTER TABLE bulletins
    ADD COLUMN body            text NOT NULL DEFAULT '',
    ADD COLUMN document        bytea,
    ADD COLUMN document_digest text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE bulletins DROP COLUMN document_digest, DROP COLUMN document, DROP COLUMN body;
