-- +goose Up
-- Worklists that came back. What is in them is sealed: rows as they were filled in, and
-- what was said of each.
CREATE TABLE finding_batches (
    id             uuid        PRIMARY KEY,
    author_id      text        NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    content_sealed bytea       NOT NULL CHECK (content_sealed <> '')
);
CREATE INDEX finding_batches_by_age ON finding_batches (created_at);
ALTER TABLE finding_batches ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- A batch is its author's alone; what has been kept long enough anybody may drop.
CREATE POLICY finding_batches_of_the_author ON finding_batches
    USING (author_id = current_setting('baoxue.author', true));
CREATE POLICY old_finding_batches_seen ON finding_batches FOR SELECT USING (created_at < now() - interval '7 days');
CREATE POLICY old_finding_batches_dropped ON finding_batches FOR DELETE USING (created_at < now() - interval '7 days');

-- +goose Down
DROP TABLE finding_batches;
