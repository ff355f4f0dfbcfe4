-- +goose Up
-- What is known of an entry follows its facts, whoever changes them: a month is counted from it,
-- and a fact that was falsified behind reporting's back has to be a difference to the ledger.
-- +goose StatementBegin
CREATE FUNCTION live_follows_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO live_counties SELECT coalesce(l.county_code, ''), 1, l.last_at FROM live_entries l WHERE l.entry_id = OLD.entry_id
    ON CONFLICT (county_code) DO UPDATE SET version = live_counties.version + 1;
    DELETE FROM live_entries l WHERE l.entry_id = OLD.entry_id;
    INSERT INTO live_entries (entry_id, county_code, source, routed_at, added_at, code, found_at, ever_a, closed, given_back, duty_open,
        due_on, complete, last_at)
    SELECT OLD.entry_id, s.* FROM entry_as_of(OLD.entry_id, 'infinity') s WHERE s.last_at IS NOT NULL;
    INSERT INTO live_counties SELECT coalesce(l.county_code, ''), 1, l.last_at FROM live_entries l WHERE l.entry_id = OLD.entry_id
    ON CONFLICT (county_code) DO UPDATE SET version = live_counties.version + 1;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER live_follows AFTER UPDATE OR DELETE ON entry_routings FOR EACH ROW EXECUTE FUNCTION live_follows_facts();
CREATE TRIGGER live_follows AFTER UPDATE OR DELETE ON entry_outcomes FOR EACH ROW EXECUTE FUNCTION live_follows_facts();
CREATE TRIGGER live_follows AFTER UPDATE OR DELETE ON entry_works FOR EACH ROW EXECUTE FUNCTION live_follows_facts();

-- +goose Down
DROP TRIGGER live_follows ON entry_works;
DROP TRIGGER live_follows ON entry_outcomes;
DROP TRIGGER live_follows ON entry_routings;
DROP FUNCTION live_follows_facts;
