-- +goose Up
-- Most rows have no flag: a county's that have one are few among all of its entries.
CREATE INDEX entries_flagged ON entries (county_code, id) WHERE flags <> '{}';

-- +goose Down
DROP INDEX entries_flagged;
