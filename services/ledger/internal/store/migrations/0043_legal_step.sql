-- +goose Up
-- The highest step of the law that holds, as verification tells it with the work state.
ALTER TABLE entries ADD COLUMN legal_step text NOT NULL DEFAULT '';
CREATE INDEX entries_legal ON entries (county_code, id) WHERE legal_step <> '';

-- +goose Down
DROP INDEX entries_legal;
ALTER TABLE entries DROP COLUMN legal_step;
