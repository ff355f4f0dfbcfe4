-- +goose Up
-- The rule of the findings as before, but the names are read once for a statement and
-- not once for each row.
ALTER POLICY findings_of_named_entries ON findings
    USING (entry_id = ANY ((SELECT string_to_array(nullif(current_setting('baoxue.entries', true), ''), ',')::uuid[])::uuid[]));

-- +goose Down
ALTER POLICY findings_of_named_entries ON findings
    USING (entry_id = ANY (string_to_array(nullif(current_setting('baoxue.entries', true), ''), ',')::uuid[]));
