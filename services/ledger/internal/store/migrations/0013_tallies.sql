-- +goose Up
-- When the newest outcome was made, for lists by date.
ALTER TABLE entries ADD COLUMN outcome_at timestamptz;

-- How many entries there are of each kind, as sums of additions and subtractions: the
-- badges and the sizes of lists cost no look at the entries, and are exact in every
-- snapshot, because they are written by the statement that changes the entries. Rows are
-- only added here, so that nobody waits for anybody; they are added up now and then.
CREATE TABLE entry_tallies (
    county_code text     NOT NULL,
    code        text     NOT NULL,
    status      smallint NOT NULL,
    source      smallint NOT NULL,
    entries     bigint   NOT NULL
);
CREATE INDEX entry_tallies_by_county ON entry_tallies (county_code);
ALTER TABLE entry_tallies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY entry_tallies_in_scope ON entry_tallies
    USING (county_code BETWEEN current_setting('baoxue.scope_from', true) AND nullif(current_setting('baoxue.scope_to', true), ''))
    WITH CHECK (nullif(current_setting('baoxue.scope_to', true), '') IS NOT NULL);

-- +goose StatementBegin
CREATE FUNCTION tally_added_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO entry_tallies SELECT county_code, code, status, source, count(*) FROM added GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION tally_changed_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO entry_tallies SELECT county_code, code, status, source, sum(n)
    FROM (SELECT county_code, code, status, source, 1 AS n FROM after_change
          UNION ALL SELECT county_code, code, status, source, -1 FROM before_change) change
    GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION forget_tallies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE entry_tallies;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER entries_added_are_tallied AFTER INSERT ON entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tally_added_entries();
CREATE TRIGGER entries_changed_are_tallied AFTER UPDATE ON entries
    REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION tally_changed_entries();
CREATE TRIGGER no_entries_no_tallies AFTER TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION forget_tallies();
-- Entries are never deleted.
CREATE TRIGGER entries_stay BEFORE DELETE ON entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Those of before.
-- +goose StatementBegin
DO $$
BEGIN
    PERFORM set_config('baoxue.scope_from', '', true), set_config('baoxue.scope_to', '999999', true);
    INSERT INTO entry_tallies SELECT county_code, code, status, source, count(*) FROM entries GROUP BY 1, 2, 3, 4;
    UPDATE entries e SET outcome_at = o.occurred_at FROM entry_outcomes o WHERE o.entry_id = e.id AND o.revision = e.revision;
END $$;
-- +goose StatementEnd

-- A county's entries of one code in their order, whatever their number: a status is a set
-- of codes.
DROP INDEX entries_by_county;
CREATE INDEX entries_by_county ON entries (county_code, code, id) INCLUDE (source);

-- +goose Down
DROP INDEX entries_by_county;
CREATE INDEX entries_by_county ON entries (county_code, status, id);
DROP TRIGGER entries_stay ON entries;
DROP TRIGGER no_entries_no_tallies ON entries;
DROP TRIGGER entries_changed_are_tallied ON entries;
DROP TRIGGER entries_added_are_tallied ON entries;
DROP FUNCTION forget_tallies;
DROP FUNCTION tally_changed_entries;
DROP FUNCTION tally_added_entries;
DROP TABLE entry_tallies;
ALTER TABLE entries DROP COLUMN outcome_at;
