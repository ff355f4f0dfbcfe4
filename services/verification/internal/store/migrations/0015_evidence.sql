-- +goose Up
-- Files that findings and visits rest on. The files lie sealed in the object store, under
-- the id; a file that has no row here was given up while it was stored.
CREATE TABLE evidence (
    id           uuid        PRIMARY KEY,
    entry_id     uuid        NOT NULL REFERENCES entry_heads,
    -- Of the finding; 0 with a visit.
    revision     bigint      NOT NULL,
    visit_id     uuid        REFERENCES visits,
    content_type text        NOT NULL CHECK (content_type IN ('application/pdf', 'image/jpeg', 'image/png')),
    size_bytes   integer     NOT NULL CHECK (size_bytes > 0),
    -- Of the file as it was sent.
    sha256       bytea       NOT NULL,
    county_code  text        NOT NULL,
    author_id    text        NOT NULL,
    author       text        NOT NULL,
    occurred_at  timestamptz NOT NULL,
    CHECK ((revision = 0) = (visit_id IS NOT NULL))
);
CREATE INDEX evidence_by_entry ON evidence (entry_id, id);
CREATE TRIGGER evidence_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE evidence ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY evidence_of_visible_entries ON evidence USING (entry_visible(entry_id));

-- +goose Down
DROP TABLE evidence;
