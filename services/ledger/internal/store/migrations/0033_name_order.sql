-- +goose Up
-- The order of names, each county's apart: a key that compares byte by byte as the names do in
-- pinyin. It is empty only until the service has filled it in, for entries from before.
ALTER TABLE entry_search
    ADD COLUMN county_code text  NOT NULL DEFAULT '',
    ADD COLUMN name_key    bytea NOT NULL DEFAULT '';
ALTER TABLE import_staging ADD COLUMN name_key bytea NOT NULL DEFAULT '';
-- +goose StatementBegin
DO $$
BEGIN
    PERFORM set_config('baoxue.scope_from', '', true), set_config('baoxue.scope_to', '999999', true);
    UPDATE entry_search s SET county_code = e.county_code FROM entries e WHERE e.id = s.entry_id;
END $$;
-- +goose StatementEnd
CREATE INDEX entry_search_by_name_order ON entry_search (county_code, name_key, entry_id);
CREATE INDEX entry_search_without_order ON entry_search (entry_id) WHERE name_key = '';

-- +goose StatementBegin
CREATE FUNCTION follow_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE entry_search SET county_code = NEW.county_code WHERE entry_id = NEW.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER search_follows_entries AFTER UPDATE OF county_code ON entries
    FOR EACH ROW WHEN (OLD.county_code <> NEW.county_code) EXECUTE FUNCTION follow_entry();

-- +goose Down
DROP TRIGGER search_follows_entries ON entries;
DROP FUNCTION follow_entry;
ALTER TABLE import_staging DROP COLUMN name_key;
ALTER TABLE entry_search DROP COLUMN name_key, DROP COLUMN county_code;
