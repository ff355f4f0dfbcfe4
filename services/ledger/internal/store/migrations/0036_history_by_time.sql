-- +goose Up
-- What came after a month's end is found by its time. Both tables are only added to, nearly in
-- the order of time: such an index is a few pages, and costs a save next to nothing.
CREATE INDEX entry_routings_by_time ON entry_routings USING brin (occurred_at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX entry_outcomes_by_time ON entry_outcomes USING brin (occurred_at) WITH (pages_per_range = 16, autosummarize = on);

-- +goose Down
DROP INDEX entry_outcomes_by_time, entry_routings_by_time;
