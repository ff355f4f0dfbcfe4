-- +goose Up
-- A county's entries with a flag are counted and chosen in the index, by what a list is narrowed
-- down by beside the flag; only those of the page are read.
DROP INDEX entries_flagged;
CREATE INDEX entries_flagged ON entries (county_code, id) INCLUDE (flags, status, code, source, returned) WHERE flags <> '{}';

-- +goose Down
DROP INDEX entries_flagged;
CREATE INDEX entries_flagged ON entries (county_code, id) WHERE flags <> '{}';
