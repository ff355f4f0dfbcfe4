-- +goose Up
-- The second line of defence: a transaction sees the entries of the county codes
-- between baoxue.scope_from and baoxue.scope_to, both set by it, and none without
-- them. A query that forgets its own condition returns nothing. FORCE: the service
-- owns the tables, and would not be bound otherwise.
ALTER TABLE entries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY entries_in_scope ON entries
    USING (county_code BETWEEN current_setting('baoxue.scope_from', true) AND nullif(current_setting('baoxue.scope_to', true), ''))
    -- What moves out of a scope is decided by a use case, not here.
    WITH CHECK (nullif(current_setting('baoxue.scope_to', true), '') IS NOT NULL);

-- An entry's history is as visible as the entry. The whole province's is read
-- without asking for each row.
ALTER TABLE entry_routings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY entry_routings_in_scope ON entry_routings
    USING (current_setting('baoxue.scope_to', true) = '999999' OR EXISTS (SELECT FROM entries e WHERE e.id = entry_id));
ALTER TABLE entry_outcomes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY entry_outcomes_in_scope ON entry_outcomes
    USING (current_setting('baoxue.scope_to', true) = '999999' OR EXISTS (SELECT FROM entries e WHERE e.id = entry_id));

-- +goose Down
DROP POLICY entry_outcomes_in_scope ON entry_outcomes;
DROP POLICY entry_routings_in_scope ON entry_routings;
DROP POLICY entries_in_scope ON entries;
ALTER TABLE entry_outcomes DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
ALTER TABLE entry_routings DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
ALTER TABLE entries DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
