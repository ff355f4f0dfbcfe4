-- +goose Up
-- Where an entry was handled and what was found is added to, never edited: the month-end
-- counts from it.
-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed nor deleted', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER entry_routings_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON entry_routings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_outcomes_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON entry_outcomes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TRIGGER entry_routings_are_final ON entry_routings;
DROP TRIGGER entry_outcomes_are_final ON entry_outcomes;
DROP FUNCTION refuse_change;
