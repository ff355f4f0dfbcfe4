-- +goose Up
-- What changed, for other systems. A transaction's rows are shown when no older one is
-- under way any more, so that whoever reads on from a place misses nothing. Kind: 1 created,
-- 2 described, 3 routed, 4 outcome.
CREATE TABLE entry_changes (
    tx              bigint      NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    position        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    entry_id        uuid        NOT NULL,
    kind            smallint    NOT NULL,
    county_code     text        NOT NULL,
    previous_county text        NOT NULL,
    status          smallint    NOT NULL,
    code            text        NOT NULL,
    revision        bigint      NOT NULL,
    changed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tx, position)
);
ALTER TABLE entry_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY entry_changes_in_scope ON entry_changes
    USING (county_code BETWEEN current_setting('baoxue.scope_from', true) AND nullif(current_setting('baoxue.scope_to', true), '')
        OR previous_county BETWEEN current_setting('baoxue.scope_from', true) AND nullif(current_setting('baoxue.scope_to', true), ''))
    WITH CHECK (nullif(current_setting('baoxue.scope_to', true), '') IS NOT NULL);
CREATE TRIGGER entry_changes_are_final BEFORE DELETE ON entry_changes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose StatementBegin
CREATE FUNCTION tell_added_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO entry_changes (entry_id, kind, county_code, previous_county, status, code, revision)
    SELECT id, 1, county_code, county_code, status, code, revision FROM added;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION tell_changed_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO entry_changes (entry_id, kind, county_code, previous_county, status, code, revision)
    SELECT a.id, k.kind, a.county_code, b.county_code, a.status, a.code, a.revision
    FROM after_change a JOIN before_change b ON b.id = a.id
    CROSS JOIN LATERAL (VALUES (2, a.content_digest <> b.content_digest), (3, a.routing_version <> b.routing_version),
        (4, a.revision <> b.revision)) k (kind, so)
    WHERE k.so;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER entries_added_are_told AFTER INSERT ON entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tell_added_entries();
CREATE TRIGGER entries_changed_are_told AFTER UPDATE ON entries
    REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION tell_changed_entries();

-- Those of before, as they are now.
-- +goose StatementBegin
DO $$
BEGIN
    PERFORM set_config('baoxue.scope_from', '', true), set_config('baoxue.scope_to', '999999', true);
    INSERT INTO entry_changes (entry_id, kind, county_code, previous_county, status, code, revision)
    SELECT id, 1, county_code, county_code, status, code, revision FROM entries ORDER BY id;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER entries_changed_are_told ON entries;
DROP TRIGGER entries_added_are_told ON entries;
DROP FUNCTION tell_changed_entries;
DROP FUNCTION tell_added_entries;
DROP TABLE entry_changes;
