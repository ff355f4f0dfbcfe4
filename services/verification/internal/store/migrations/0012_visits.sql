-- +goose Up
CREATE TABLE visits (
    id                      uuid        PRIMARY KEY,
    entry_id                uuid        NOT NULL REFERENCES entry_heads,
    -- Counts the entry's visits from 1; a correction has the number of what it corrects.
    number                  integer     NOT NULL CHECK (number >= 1),
    corrects_id             uuid        REFERENCES visits,
    visit_date              date        NOT NULL,
    next_date               text        NOT NULL,
    method                  smallint    NOT NULL CHECK (method >= 1),
    result                  smallint    NOT NULL CHECK (result >= 1),
    persuaders_sealed       bytea       NOT NULL,
    contact_sealed          bytea       NOT NULL,
    child_situation_sealed  bytea       NOT NULL,
    family_situation_sealed bytea       NOT NULL,
    support_sealed          bytea       NOT NULL,
    county_code             text        NOT NULL,
    author_id               text        NOT NULL,
    author                  text        NOT NULL,
    occurred_at             timestamptz NOT NULL
);
CREATE INDEX visits_by_entry ON visits (entry_id, number, id);
CREATE UNIQUE INDEX visits_are_numbered_once ON visits (entry_id, number) WHERE corrects_id IS NULL;

CREATE TRIGGER visits_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON visits
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE visits ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY visits_of_visible_entries ON visits USING (entry_visible(entry_id));

-- +goose Down
DROP TABLE visits;
