-- +goose Up
-- Where each entry is now, as the facts tell: progress is read from here, and a month's end by
-- taking back what came after it. A row is computed from its entry's facts whenever one of them
-- comes, so that it depends on none of their order; all of it can be dropped and computed again.
CREATE TABLE live_entries (
    entry_id    uuid     PRIMARY KEY,
    -- Of the newest routing; null while none has come.
    county_code text,
    source      smallint,
    routed_at   timestamptz,
    -- When it came into the ledger; null while that event has not come.
    added_at    timestamptz,
    -- Of the newest outcome.
    code        text     NOT NULL,
    found_at    timestamptz,
    ever_a      boolean  NOT NULL,
    -- Of the newest state of the work.
    closed      boolean  NOT NULL,
    given_back  boolean  NOT NULL,
    duty_open   boolean  NOT NULL,
    due_on      date,
    -- No version is missing.
    complete    boolean  NOT NULL,
    -- When the newest of its facts happened: a cut-off after that sees the row as it is.
    last_at     timestamptz NOT NULL
-- An entry that changes finds room on its page, and no index has to be told.
) WITH (fillfactor = 60);
CREATE INDEX live_entries_by_county ON live_entries (county_code);

-- How often a county's entries changed: who has counted them at a version need not again. What
-- is told of entries whose county is not known yet is under the empty text, with the queue's.
CREATE TABLE live_counties (
    county_code text        PRIMARY KEY,
    version     bigint      NOT NULL,
    -- When the newest of their facts happened.
    newest_at   timestamptz NOT NULL
);

-- What a close has frozen and not stored yet; empty but within its transaction.
CREATE UNLOGGED TABLE frozen_buckets (
    month       text     NOT NULL,
    county_code text     NOT NULL,
    source      smallint NOT NULL,
    code        text     NOT NULL,
    traits      integer  NOT NULL,
    entry_ids   uuid[]   NOT NULL
);

-- Ids are random: there is nothing to compress.
ALTER TABLE frozen_buckets ALTER COLUMN entry_ids SET STORAGE EXTERNAL;
ALTER TABLE snapshot_cohorts ALTER COLUMN entry_ids SET STORAGE EXTERNAL;

-- +goose StatementBegin
CREATE FUNCTION entry_as_of(id uuid, cutoff timestamptz)
RETURNS TABLE (county_code text, source smallint, routed_at timestamptz, added_at timestamptz, code text, found_at timestamptz,
    ever_a boolean, closed boolean, given_back boolean, duty_open boolean, due_on date, complete boolean, last_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT r.county_code, r.source, r.occurred_at, f.occurred_at, coalesce(o.code, ''), o.occurred_at, coalesce(os.ever_a, false),
        coalesce(w.closed, false), coalesce(w.given_back, false), coalesce(w.duty_open, false), w.due_on,
        rs.complete AND os.complete AND ws.complete, greatest(rs.last_at, os.last_at, ws.last_at)
    FROM (SELECT coalesce(max(v.version) = count(*), true) AS complete, max(v.occurred_at) AS last_at
          FROM entry_routings v WHERE v.entry_id = id AND v.occurred_at < cutoff) rs
    CROSS JOIN (SELECT coalesce(max(v.revision) = count(*), true) AS complete, max(v.occurred_at) AS last_at, bool_or(v.code LIKE 'A%') AS ever_a
          FROM entry_outcomes v WHERE v.entry_id = id AND v.occurred_at < cutoff) os
    CROSS JOIN (SELECT coalesce(max(v.version) = count(*), true) AS complete, max(v.occurred_at) AS last_at
          FROM entry_works v WHERE v.entry_id = id AND v.occurred_at < cutoff) ws
    LEFT JOIN LATERAL (SELECT * FROM entry_routings v WHERE v.entry_id = id AND v.occurred_at < cutoff ORDER BY v.version DESC LIMIT 1) r ON true
    LEFT JOIN LATERAL (SELECT v.occurred_at FROM entry_routings v WHERE v.entry_id = id AND v.version = 1) f ON true
    LEFT JOIN LATERAL (SELECT * FROM entry_outcomes v WHERE v.entry_id = id AND v.occurred_at < cutoff ORDER BY v.revision DESC LIMIT 1) o ON true
    LEFT JOIN LATERAL (SELECT * FROM entry_works v WHERE v.entry_id = id AND v.occurred_at < cutoff ORDER BY v.version DESC LIMIT 1) w ON true
$$;
-- +goose StatementEnd

-- domain.Traits of an entry.
-- +goose StatementBegin
CREATE FUNCTION entry_traits(added_at timestamptz, found_at timestamptz, routed_at timestamptz, code text, ever_a boolean, closed boolean,
    given_back boolean, duty_open boolean, due_on date, month_start timestamptz, day date, late_from timestamptz)
RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN added_at >= month_start THEN 1 ELSE 0 END
         + CASE WHEN found_at >= month_start THEN 2 ELSE 0 END
         + CASE WHEN ever_a THEN 4 ELSE 0 END
         -- 劝返: the newest outcome is a school after an A.
         + CASE WHEN ever_a AND code IN ('B2', 'B3', 'B4', 'B8') THEN 8 ELSE 0 END
         + CASE WHEN closed THEN 16 ELSE 0 END
         + CASE WHEN given_back THEN 32 ELSE 0 END
         + CASE WHEN duty_open THEN 64 ELSE 0 END
         + CASE WHEN due_on < day THEN 128 ELSE 0 END
         + CASE WHEN code = '' AND routed_at >= late_from THEN 256 ELSE 0 END
$$;
-- +goose StatementEnd

-- The facts so far.
INSERT INTO live_entries (entry_id, county_code, source, routed_at, added_at, code, found_at, ever_a, closed, given_back, duty_open, due_on, complete, last_at)
SELECT e.entry_id, s.* FROM (SELECT entry_id FROM entry_routings UNION SELECT entry_id FROM entry_outcomes UNION SELECT entry_id FROM entry_works) e
CROSS JOIN LATERAL entry_as_of(e.entry_id, 'infinity') s;
INSERT INTO live_counties SELECT coalesce(county_code, ''), 1, max(last_at) FROM live_entries GROUP BY 1;

-- +goose Down
DROP FUNCTION entry_traits;
DROP FUNCTION entry_as_of;
ALTER TABLE snapshot_cohorts ALTER COLUMN entry_ids SET STORAGE EXTENDED;
DROP TABLE frozen_buckets, live_counties, live_entries;
