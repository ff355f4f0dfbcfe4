-- +goose Up
-- The same rule as entry_visible, written out: a function is called for each row, while
-- these subqueries are planned with the query around them, and what a transaction names
-- is read once.
-- +goose StatementBegin
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['visits', 'duty_completions', 'follow_ups', 'entry_tags', 'status_reports', 'finding_marks', 'reviews', 'evidence'] LOOP
        EXECUTE format('DROP POLICY %I ON %I', name || '_of_visible_entries', name);
        EXECUTE format($policy$
            CREATE POLICY %1$I ON %2$I USING (
                entry_id = ANY ((SELECT string_to_array(nullif(current_setting('baoxue.entries', true), ''), ',')::uuid[])::uuid[])
                OR (SELECT current_setting('baoxue.scope_to', true) = '999999' AND current_setting('baoxue.scope_from', true) = '')
                OR EXISTS (SELECT FROM entry_places p WHERE p.entry_id = %2$I.entry_id))
            $policy$, name || '_of_visible_entries', name);
    END LOOP;
END $$;
-- +goose StatementEnd
DROP FUNCTION entry_visible;

-- +goose Down
-- +goose StatementBegin
CREATE FUNCTION entry_visible(entry uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT entry = ANY (string_to_array(nullif(current_setting('baoxue.entries', true), ''), ',')::uuid[])
        OR EXISTS (SELECT FROM entry_places p WHERE p.entry_id = entry)
$$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['visits', 'duty_completions', 'follow_ups', 'entry_tags', 'status_reports', 'finding_marks', 'reviews', 'evidence'] LOOP
        EXECUTE format('DROP POLICY %I ON %I', name || '_of_visible_entries', name);
        EXECUTE format('CREATE POLICY %I ON %I USING (entry_visible(entry_id))', name || '_of_visible_entries', name);
    END LOOP;
END $$;
-- +goose StatementEnd
