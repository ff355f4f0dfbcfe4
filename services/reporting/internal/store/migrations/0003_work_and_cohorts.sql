-- +goose Up
-- What the events tell of the work on an entry, as the other facts are kept.
CREATE TABLE entry_works (
    entry_id    uuid        NOT NULL,
    version     bigint      NOT NULL CHECK (version >= 1),
    closed      boolean     NOT NULL,
    given_back  boolean     NOT NULL,
    duty_open   boolean     NOT NULL,
    -- Last day of the earliest deadline.
    due_on      date,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (entry_id, version)
);

-- Which definitions of the columns a snapshot was made by: what is stored keeps its own.
ALTER TABLE snapshots ADD COLUMN definitions integer NOT NULL DEFAULT 1;
ALTER TABLE snapshots ALTER COLUMN definitions DROP DEFAULT;

ALTER TABLE snapshot_rows
    ADD COLUMN closed     bigint NOT NULL DEFAULT 0,
    ADD COLUMN given_back bigint NOT NULL DEFAULT 0,
    ADD COLUMN duty_open  bigint NOT NULL DEFAULT 0,
    ADD COLUMN overdue    bigint NOT NULL DEFAULT 0,
    ADD COLUMN late       bigint NOT NULL DEFAULT 0,
    ADD CHECK (closed BETWEEN 0 AND b_total),
    ADD CHECK (late BETWEEN 0 AND pending),
    ADD CHECK (least(given_back, duty_open, overdue) >= 0 AND greatest(given_back, duty_open, overdue) <= total);
ALTER TABLE snapshot_rows
    ALTER COLUMN closed DROP DEFAULT, ALTER COLUMN given_back DROP DEFAULT, ALTER COLUMN duty_open DROP DEFAULT,
    ALTER COLUMN overdue DROP DEFAULT, ALTER COLUMN late DROP DEFAULT;

-- The children behind the figures: alike in county, source, newest code and traits.
-- An array takes 16 bytes a child, a row for each would take ten times as much.
CREATE TABLE snapshot_cohorts (
    number      bigint   NOT NULL REFERENCES snapshots,
    county_code text     NOT NULL,
    source      smallint NOT NULL,
    code        text     NOT NULL,
    traits      integer  NOT NULL,
    entry_ids   uuid[]   NOT NULL CHECK (cardinality(entry_ids) > 0),
    PRIMARY KEY (number, county_code, source, code, traits)
);
CREATE TRIGGER snapshot_cohorts_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON snapshot_cohorts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshot_cohorts_come_at_once AFTER INSERT ON snapshot_cohorts
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_later_rows();

-- +goose Down
DROP TABLE snapshot_cohorts, entry_works;
ALTER TABLE snapshot_rows DROP COLUMN closed, DROP COLUMN given_back, DROP COLUMN duty_open, DROP COLUMN overdue, DROP COLUMN late;
ALTER TABLE snapshots DROP COLUMN definitions;
