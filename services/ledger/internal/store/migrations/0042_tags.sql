-- +goose Up
-- The special groups a child belongs to, as verification tells them, forwards only by tags_version.
ALTER TABLE entries
    ADD COLUMN tags         text[] NOT NULL DEFAULT '{}',
    ADD COLUMN tags_version bigint NOT NULL DEFAULT 0;
-- As for the flags: a county's tagged children are counted and chosen in the index.
CREATE INDEX entries_tagged ON entries (county_code, id) INCLUDE (tags, status, code, source, returned) WHERE tags <> '{}';

-- +goose Down
DROP INDEX entries_tagged;
ALTER TABLE entries DROP COLUMN tags_version, DROP COLUMN tags;
