-- +goose Up
-- Who handles an entry, as the ledger's events tell: work lists and samples need the
-- counties of many entries without asking the ledger for each.
CREATE TABLE entry_places (
    entry_id    uuid        PRIMARY KEY,
    -- Empty: the province's own queue.
    county_code text        NOT NULL,
    source      smallint    NOT NULL,
    version     bigint      NOT NULL CHECK (version >= 1),
    routed_at   timestamptz NOT NULL
);
CREATE INDEX entry_places_by_county ON entry_places (county_code, entry_id);

-- A transaction sees the entries of the county codes between baoxue.scope_from and
-- baoxue.scope_to, and none without them.
ALTER TABLE entry_places ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY entry_places_in_scope ON entry_places
    USING (county_code BETWEEN current_setting('baoxue.scope_from', true) AND nullif(current_setting('baoxue.scope_to', true), ''))
    -- Only the consumer of the ledger's events writes, for the whole province.
    WITH CHECK (current_setting('baoxue.scope_to', true) = '999999');

-- Whether the transaction may see an entry: it names it, or has it in its scope.
-- +goose StatementBegin
CREATE FUNCTION entry_visible(entry uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT entry = ANY (string_to_array(nullif(current_setting('baoxue.entries', true), ''), ',')::uuid[])
        OR EXISTS (SELECT FROM entry_places p WHERE p.entry_id = entry)
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION entry_visible;
DROP TABLE entry_places;
