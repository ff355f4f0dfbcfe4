-- +goose Up
-- The second line of defence: a transaction sees the findings of the entries that
-- it names in baoxue.entries, which are those that the ledger let the caller see,
-- and none without them. FORCE: the service owns the table, and would not be bound
-- otherwise.
ALTER TABLE findings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY findings_of_named_entries ON findings
    USING (entry_id = ANY (string_to_array(nullif(current_setting('baoxue.entries', true), ''), ',')::uuid[]));

-- +goose Down
DROP POLICY findings_of_named_entries ON findings;
ALTER TABLE findings DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
