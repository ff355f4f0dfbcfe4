-- +goose Up
-- Projection of verification's work states, forwards only by work_version. The deadline
-- of an entry that has no finding yet is the ledger's own, set once for each routing.
ALTER TABLE entries
    ADD COLUMN returned     boolean NOT NULL DEFAULT false,
    ADD COLUMN duty         text    NOT NULL DEFAULT 'NONE',
    ADD COLUMN closed       boolean NOT NULL DEFAULT false,
    ADD COLUMN due_on       date,
    -- PENDING is the ledger's own, the others are verification's.
    ADD COLUMN due_kind     text    NOT NULL DEFAULT '',
    ADD COLUMN work_version bigint  NOT NULL DEFAULT 0,
    -- The routing whose deadline due_on is, while the entry is pending.
    ADD COLUMN dated_version bigint NOT NULL DEFAULT 0;
CREATE INDEX entries_undated ON entries (id) WHERE status = 1 AND dated_version < routing_version;
CREATE INDEX entries_returned ON entries (county_code, id) WHERE returned;
CREATE INDEX entries_due ON entries (due_on, county_code, id) WHERE due_on IS NOT NULL;

-- +goose Down
DROP INDEX entries_due, entries_returned, entries_undated;
ALTER TABLE entries DROP COLUMN dated_version, DROP COLUMN work_version, DROP COLUMN due_kind, DROP COLUMN due_on,
    DROP COLUMN closed, DROP COLUMN duty, DROP COLUMN returned;
