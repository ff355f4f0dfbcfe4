-- +goose Up
-- Counts the settings of an entry's tags that were told to others; 0 while none was.
ALTER TABLE entry_heads ADD COLUMN tags_version bigint NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE entry_heads DROP COLUMN tags_version;
