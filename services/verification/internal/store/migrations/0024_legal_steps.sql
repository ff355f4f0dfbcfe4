-- +goose Up
-- A step of the law against a guardian who keeps a child from school.
CREATE TABLE legal_steps (
    id                     uuid        PRIMARY KEY,
    entry_id               uuid        NOT NULL REFERENCES entry_heads,
    -- Counts the entry's steps from 1.
    number                 integer     NOT NULL CHECK (number >= 1),
    -- The finding by which the child needs persuading.
    revision               bigint      NOT NULL CHECK (revision >= 1),
    -- A rung of the ladder, and its name at that time.
    code                   text        NOT NULL,
    name                   text        NOT NULL,
    step_date              date        NOT NULL,
    document_number_sealed bytea       NOT NULL,
    authority_sealed       bytea       NOT NULL,
    note_sealed            bytea       NOT NULL,
    county_code            text        NOT NULL,
    author_id              text        NOT NULL,
    author                 text        NOT NULL,
    occurred_at            timestamptz NOT NULL,
    UNIQUE (entry_id, number)
);

-- A step that was not taken, or does not hold any more.
CREATE TABLE legal_step_withdrawals (
    step_id       uuid        PRIMARY KEY REFERENCES legal_steps,
    entry_id      uuid        NOT NULL REFERENCES entry_heads,
    reason_sealed bytea       NOT NULL,
    county_code   text        NOT NULL,
    author_id     text        NOT NULL,
    author        text        NOT NULL,
    occurred_at   timestamptz NOT NULL
);
CREATE INDEX legal_step_withdrawals_by_entry ON legal_step_withdrawals (entry_id);

-- +goose StatementBegin
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['legal_steps', 'legal_step_withdrawals'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            name || '_are_final', name);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        -- As for visits.
        EXECUTE format($policy$
            CREATE POLICY %1$I ON %2$I USING (
                entry_id = ANY ((SELECT string_to_array(nullif(current_setting('baoxue.entries', true), ''), ',')::uuid[])::uuid[])
                OR (SELECT current_setting('baoxue.scope_to', true) = '999999' AND current_setting('baoxue.scope_from', true) = '')
                OR EXISTS (SELECT FROM entry_places p WHERE p.entry_id = %2$I.entry_id))
            $policy$, name || '_of_visible_entries', name);
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE legal_step_withdrawals, legal_steps;
