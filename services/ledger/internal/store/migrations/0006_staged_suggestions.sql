-- +goose Up
-- Counties that address and document number suggest, offered where the region code
-- leads to none.
ALTER TABLE import_staging ADD COLUMN suggestions jsonb NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE import_staging DROP COLUMN suggestions;
