-- +goose Up
-- Changes of divisions after the reference table, in the order in which they were
-- entered. History is added to, never edited.
CREATE TABLE region_changes (
    position        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              uuid        NOT NULL UNIQUE,
    -- 1 rename, 2 recode, 3 merge, 4 split, 5 transfer
    kind            smallint    NOT NULL CHECK (kind BETWEEN 1 AND 5),
    effective_month text        NOT NULL CHECK (effective_month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    from_codes      text[]      NOT NULL,
    -- Parallel to each other.
    to_codes        text[]      NOT NULL,
    to_names        text[]      NOT NULL,
    to_parents      text[]      NOT NULL,
    document        text        NOT NULL,
    actor           text        NOT NULL,
    created_at      timestamptz NOT NULL,
    CHECK (cardinality(from_codes) > 0 AND cardinality(to_codes) > 0
        AND cardinality(to_names) = cardinality(to_codes) AND cardinality(to_parents) = cardinality(to_codes))
);
-- +goose StatementBegin
CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed nor deleted', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER region_changes_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON region_changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

-- +goose Down
DROP TABLE region_changes;
DROP FUNCTION refuse_change_of_history;
