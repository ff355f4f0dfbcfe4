-- +goose Up
-- A month's end is read and not computed: beside where an entry is now stands where it was when the month of
-- its newest fact began. Both are computed from its facts, whoever changes them, and nothing else is.
--
-- What freezes the children behind a figure names each by four bytes. A name is given once, for good.
CREATE TABLE entry_ordinals (
    entry_id uuid    PRIMARY KEY,
    ordinal  integer GENERATED ALWAYS AS IDENTITY UNIQUE
);
CREATE TRIGGER entry_ordinals_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON entry_ordinals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- For every cut-off at most one row of an entry counts: the one with last_at < cut-off <= until.
CREATE TABLE entry_states (
    ordinal     integer     NOT NULL REFERENCES entry_ordinals (ordinal),
    -- Those of domain.Traits that depend on no month.
    traits      smallint    NOT NULL,
    -- As of the beginning of the month of the entry's newest fact, which is then until; else as it is now.
    past        boolean     NOT NULL,
    -- No version is missing among those before until.
    complete    boolean     NOT NULL,
    until       timestamptz NOT NULL CHECK (past = (until < 'infinity')),
    -- When the newest of the facts before until happened.
    last_at     timestamptz NOT NULL CHECK (last_at < until),
    -- Of the newest routing; null while none has come.
    routed_at   timestamptz,
    -- When it came into the ledger; null while that event has not come.
    added_at    timestamptz,
    -- Of the newest outcome.
    found_at    timestamptz,
    -- The earliest deadline's last day.
    due_on      date,
    source      smallint,
    county_code text,
    code        text        NOT NULL,
    PRIMARY KEY (ordinal, past)
-- An entry that changes finds room on its page, and no index has to be told.
) WITH (fillfactor = 60);
CREATE INDEX entry_states_by_county ON entry_states (county_code) WHERE NOT past;

DROP TRIGGER live_follows ON entry_routings;
DROP TRIGGER live_follows ON entry_outcomes;
DROP TRIGGER live_follows ON entry_works;
DROP FUNCTION live_follows_facts;
DROP FUNCTION entries_as_of;
DROP FUNCTION entry_as_of(uuid, timestamptz);
DROP FUNCTION entry_traits;
DROP FUNCTION routing_as_of;
DROP FUNCTION outcome_as_of;
DROP FUNCTION work_as_of;
DROP TABLE live_entries;

-- When a month of the province begins.
CREATE FUNCTION month_of(at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT date_trunc('month', at, 'Asia/Shanghai') $$;

-- The newest of each kind before a cut-off, with what all of them say; no row if there is none.
-- +goose StatementBegin
CREATE FUNCTION routing_as_of(id uuid, cutoff timestamptz)
RETURNS TABLE (county_code text, source smallint, occurred_at timestamptz, added_at timestamptz, complete boolean, last_at timestamptz, first_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT v.county_code, v.source, v.occurred_at, max(v.occurred_at) FILTER (WHERE v.version = 1) OVER (),
        v.version = count(*) OVER (), max(v.occurred_at) OVER (), min(v.occurred_at) OVER ()
    FROM entry_routings v WHERE v.entry_id = id AND v.occurred_at < cutoff ORDER BY v.version DESC LIMIT 1
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION outcome_as_of(id uuid, cutoff timestamptz)
RETURNS TABLE (code text, occurred_at timestamptz, ever_a boolean, complete boolean, last_at timestamptz, first_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT v.code, v.occurred_at, bool_or(v.code LIKE 'A%') OVER (), v.revision = count(*) OVER (), max(v.occurred_at) OVER (), min(v.occurred_at) OVER ()
    FROM entry_outcomes v WHERE v.entry_id = id AND v.occurred_at < cutoff ORDER BY v.revision DESC LIMIT 1
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION work_as_of(id uuid, cutoff timestamptz)
RETURNS TABLE (closed boolean, given_back boolean, duty_open boolean, due_on date, complete boolean, last_at timestamptz, first_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT v.closed, v.given_back, v.duty_open, v.due_on, v.version = count(*) OVER (), max(v.occurred_at) OVER (), min(v.occurred_at) OVER ()
    FROM entry_works v WHERE v.entry_id = id AND v.occurred_at < cutoff ORDER BY v.version DESC LIMIT 1
$$;
-- +goose StatementEnd

-- Where an entry is as of a cut-off, by nothing but its facts; all null if there is none.
-- +goose StatementBegin
CREATE FUNCTION entry_as_of(id uuid, cutoff timestamptz)
RETURNS TABLE (traits smallint, complete boolean, last_at timestamptz, first_at timestamptz, routed_at timestamptz, added_at timestamptz,
    found_at timestamptz, due_on date, source smallint, county_code text, code text)
LANGUAGE sql STABLE AS $$
    SELECT (CASE WHEN o.ever_a THEN 4 ELSE 0 END
          -- 劝返: the newest outcome is a school after an A.
          + CASE WHEN o.ever_a AND o.code IN ('B2', 'B3', 'B4', 'B8') THEN 8 ELSE 0 END
          + CASE WHEN w.closed THEN 16 ELSE 0 END
          + CASE WHEN w.given_back THEN 32 ELSE 0 END
          + CASE WHEN w.duty_open THEN 64 ELSE 0 END)::smallint,
        coalesce(r.complete, true) AND coalesce(o.complete, true) AND coalesce(w.complete, true),
        greatest(r.last_at, o.last_at, w.last_at), least(r.first_at, o.first_at, w.first_at),
        r.occurred_at, r.added_at, o.occurred_at, w.due_on, r.source, r.county_code, coalesce(o.code, '')
    FROM (SELECT) always
    LEFT JOIN LATERAL routing_as_of(id, cutoff) r ON true
    LEFT JOIN LATERAL outcome_as_of(id, cutoff) o ON true
    LEFT JOIN LATERAL work_as_of(id, cutoff) w ON true
$$;
-- +goose StatementEnd

-- domain.Traits of a state, in the month that is counted.
-- +goose StatementBegin
CREATE FUNCTION traits_in_month(traits smallint, added_at timestamptz, found_at timestamptz, routed_at timestamptz, code text, due_on date,
    month_start timestamptz, day date, late_from timestamptz)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT traits
         + CASE WHEN added_at >= month_start THEN 1 ELSE 0 END
         + CASE WHEN found_at >= month_start THEN 2 ELSE 0 END
         + CASE WHEN due_on < day THEN 128 ELSE 0 END
         + CASE WHEN code = '' AND routed_at >= late_from THEN 256 ELSE 0 END
$$;
-- +goose StatementEnd

-- Computes the states of entries anew, writes those that differ, tells their counties, and returns how many
-- entries they are of.
-- +goose StatementBegin
CREATE FUNCTION refresh_entries(ids uuid[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    strangers uuid[] := ARRAY (SELECT DISTINCT e.id FROM unnest(ids) AS e (id) LEFT JOIN entry_ordinals o ON o.entry_id = e.id WHERE o.entry_id IS NULL);
    entries bigint;
BEGIN
    INSERT INTO entry_ordinals (entry_id) SELECT unnest(strangers);

    WITH present AS MATERIALIZED (
        SELECT o.ordinal, o.entry_id, month_of(s.last_at) AS month, s.*
        FROM entry_ordinals o CROSS JOIN LATERAL entry_as_of(o.entry_id, 'infinity') s WHERE o.entry_id = ANY (ids)
    ), told AS (
        SELECT p.ordinal, p.traits, false AS past, p.complete, 'infinity'::timestamptz AS until, p.last_at,
            p.routed_at, p.added_at, p.found_at, p.due_on, p.source, p.county_code, p.code
        FROM present p WHERE p.last_at IS NOT NULL
        UNION ALL
        SELECT p.ordinal, b.traits, true, b.complete, p.month, b.last_at,
            b.routed_at, b.added_at, b.found_at, b.due_on, b.source, b.county_code, b.code
        FROM present p CROSS JOIN LATERAL entry_as_of(p.entry_id, p.month) b WHERE p.first_at < p.month
    ), strayed AS MATERIALIZED (
        SELECT t.*, s.ordinal IS NOT NULL AS stored, s.county_code AS county_before
        FROM told t LEFT JOIN entry_states s ON s.ordinal = t.ordinal AND s.past = t.past
        WHERE (t.traits, t.complete, t.until, t.last_at, t.routed_at, t.added_at, t.found_at, t.due_on, t.source, t.county_code, t.code) IS DISTINCT FROM
              (s.traits, s.complete, s.until, s.last_at, s.routed_at, s.added_at, s.found_at, s.due_on, s.source, s.county_code, s.code)
    ), kept AS (
        INSERT INTO entry_states (ordinal, traits, past, complete, until, last_at, routed_at, added_at, found_at, due_on, source, county_code, code)
        SELECT t.ordinal, t.traits, t.past, t.complete, t.until, t.last_at, t.routed_at, t.added_at, t.found_at, t.due_on, t.source, t.county_code, t.code
        FROM strayed t
        ON CONFLICT (ordinal, past) DO UPDATE SET traits = excluded.traits, complete = excluded.complete, until = excluded.until,
            last_at = excluded.last_at, routed_at = excluded.routed_at, added_at = excluded.added_at, found_at = excluded.found_at,
            due_on = excluded.due_on, source = excluded.source, county_code = excluded.county_code, code = excluded.code
    ), gone AS (
        DELETE FROM entry_states s USING present p
        WHERE s.ordinal = p.ordinal AND CASE WHEN s.past THEN coalesce(p.first_at >= p.month, true) ELSE p.last_at IS NULL END
        RETURNING s.ordinal, s.past, s.county_code
    ), counties AS (
        INSERT INTO live_counties (county_code, version, newest_at)
        SELECT coalesce(c.county_code, ''), 1, max(c.last_at)
        FROM (SELECT t.county_code, t.last_at FROM strayed t WHERE NOT t.past
              UNION ALL SELECT t.county_before, 'epoch' FROM strayed t WHERE NOT t.past AND t.stored
              UNION ALL SELECT g.county_code, 'epoch' FROM gone g WHERE NOT g.past) c
        GROUP BY 1
        ON CONFLICT (county_code) DO UPDATE SET version = live_counties.version + 1, newest_at = greatest(live_counties.newest_at, excluded.newest_at)
    )
    SELECT count(DISTINCT c.ordinal) INTO entries FROM (SELECT t.ordinal FROM strayed t UNION ALL SELECT g.ordinal FROM gone g) c;
    RETURN entries;
END $$;
-- +goose StatementEnd

-- What is known of an entry follows its facts, whoever changes them: a month is counted from it, and a fact
-- that was falsified behind reporting's back has to be a difference to the ledger.
-- +goose StatementBegin
CREATE FUNCTION states_follow_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_entries(array_agg(DISTINCT b.entry_id)) FROM before b HAVING count(*) > 0;
    IF TG_OP = 'UPDATE' THEN
        PERFORM refresh_entries(array_agg(DISTINCT a.entry_id)) FROM after a HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER states_follow_changes AFTER UPDATE ON entry_routings REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION states_follow_facts();
CREATE TRIGGER states_follow_deletions AFTER DELETE ON entry_routings REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION states_follow_facts();
CREATE TRIGGER states_follow_changes AFTER UPDATE ON entry_outcomes REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION states_follow_facts();
CREATE TRIGGER states_follow_deletions AFTER DELETE ON entry_outcomes REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION states_follow_facts();
CREATE TRIGGER states_follow_changes AFTER UPDATE ON entry_works REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION states_follow_facts();
CREATE TRIGGER states_follow_deletions AFTER DELETE ON entry_works REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION states_follow_facts();

-- The names of many entries, in no order. Unlike array_agg it can be computed by several processes.
CREATE AGGREGATE gathered(integer) (SFUNC = array_append, STYPE = integer[], COMBINEFUNC = array_cat, PARALLEL = SAFE);
CREATE AGGREGATE joined(integer[]) (SFUNC = array_cat, STYPE = integer[]);

-- Entries alike in where they were as of a cut-off, in one pass over all states. Those of whom the row tells only
-- that it is not of that instant are unsettled.
-- +goose StatementBegin
CREATE FUNCTION alike_as_of(cutoff timestamptz, month_start timestamptz, day date, late_from timestamptz)
RETURNS TABLE (county_code text, source smallint, code text, traits integer, added boolean, unsettled boolean, entries bigint, gaps bigint, ordinals integer[])
-- A statement that writes is run by one process; what it asks of a plpgsql function is not. The planner fears a
-- kilobyte for each of many thousand groups, and would with little memory rather sort a million rows.
LANGUAGE plpgsql STABLE SET parallel_setup_cost = 0 SET parallel_tuple_cost = 0 SET work_mem = '1GB' AS $$
BEGIN
    RETURN QUERY
    SELECT s.county_code, s.source, s.code, traits_in_month(s.traits, s.added_at, s.found_at, s.routed_at, s.code, s.due_on, month_start, day, late_from),
        s.added_at IS NOT NULL, s.last_at >= cutoff, count(*), count(*) FILTER (WHERE NOT s.complete), gathered(s.ordinal)
    FROM entry_states s
    -- An entry whose newest facts are of a later month is told by its past; of who has none there was nothing yet.
    WHERE s.until >= cutoff AND (s.last_at < cutoff OR s.past OR month_of(s.last_at) < cutoff)
    GROUP BY 1, 2, 3, 4, 5, 6;
END $$;
-- +goose StatementEnd

-- The same of all entries: the unsettled are looked up among the facts.
-- +goose StatementBegin
CREATE FUNCTION buckets_as_of(cutoff timestamptz, month_start timestamptz, day date, late_from timestamptz)
RETURNS TABLE (county_code text, source smallint, code text, traits integer, counted boolean, entries bigint, gaps bigint, ordinals integer[])
LANGUAGE sql STABLE AS $$
    WITH alike AS MATERIALIZED (SELECT * FROM alike_as_of(cutoff, month_start, day, late_from)),
    looked_up AS (
        SELECT s.county_code, s.source, s.code, traits_in_month(s.traits, s.added_at, s.found_at, s.routed_at, s.code, s.due_on, month_start, day, late_from) AS traits,
            s.added_at IS NOT NULL AS added, count(*) AS entries, count(*) FILTER (WHERE NOT s.complete) AS gaps, gathered(o.ordinal) AS ordinals
        FROM alike a CROSS JOIN unnest(a.ordinals) AS u (ordinal) JOIN entry_ordinals o ON o.ordinal = u.ordinal
        CROSS JOIN LATERAL entry_as_of(o.entry_id, cutoff) s
        WHERE a.unsettled AND s.last_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5
    )
    SELECT coalesce(b.county_code, ''), coalesce(b.source, 0::smallint), b.code, b.traits, b.added AND b.county_code IS NOT NULL,
        sum(b.entries)::bigint, sum(b.gaps)::bigint, joined(b.ordinals)
    FROM (SELECT a.county_code, a.source, a.code, a.traits, a.added, a.entries, a.gaps, a.ordinals FROM alike a WHERE NOT a.unsettled
          UNION ALL SELECT * FROM looked_up) b
    GROUP BY 1, 2, 3, 4, 5
$$;
-- +goose StatementEnd

-- The facts so far, so many entries at a time that their states need no disk on the way.
INSERT INTO entry_ordinals (entry_id)
SELECT entry_id FROM entry_routings UNION SELECT entry_id FROM entry_outcomes UNION SELECT entry_id FROM entry_works;
-- +goose StatementBegin
DO $$
BEGIN
    FOR after IN 0 .. (SELECT coalesce(max(o.ordinal), 0) FROM entry_ordinals o) BY 10000 LOOP
        PERFORM refresh_entries(array_agg(o.entry_id)) FROM entry_ordinals o WHERE o.ordinal > after AND o.ordinal <= after + 10000;
    END LOOP;
END $$;
-- +goose StatementEnd

-- The lists that were frozen, in their order.
INSERT INTO entry_ordinals (entry_id) SELECT DISTINCT u.id FROM snapshot_cohorts c CROSS JOIN unnest(c.entry_ids) AS u (id)
WHERE NOT EXISTS (SELECT FROM entry_ordinals o WHERE o.entry_id = u.id);
-- +goose StatementBegin
CREATE FUNCTION pg_temp.ordinals_of(ids uuid[]) RETURNS integer[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(o.ordinal ORDER BY u.position) FROM unnest(ids) WITH ORDINALITY AS u (id, position) JOIN entry_ordinals o ON o.entry_id = u.id
$$;
-- +goose StatementEnd
ALTER TABLE snapshot_cohorts ALTER COLUMN entry_ids TYPE integer[] USING pg_temp.ordinals_of(entry_ids);
ALTER TABLE snapshot_cohorts RENAME COLUMN entry_ids TO ordinals;
ALTER TABLE snapshot_cohorts ALTER COLUMN ordinals SET STORAGE EXTERNAL;
ALTER TABLE frozen_buckets DROP COLUMN entry_ids, ADD COLUMN ordinals integer[] NOT NULL;
ALTER TABLE frozen_buckets ALTER COLUMN ordinals SET STORAGE EXTERNAL;
DROP FUNCTION pg_temp.ordinals_of;

-- +goose Down
DROP TRIGGER states_follow_deletions ON entry_routings;
DROP TRIGGER states_follow_changes ON entry_routings;
DROP TRIGGER states_follow_deletions ON entry_outcomes;
DROP TRIGGER states_follow_changes ON entry_outcomes;
DROP TRIGGER states_follow_deletions ON entry_works;
DROP TRIGGER states_follow_changes ON entry_works;
DROP FUNCTION states_follow_facts;
DROP FUNCTION buckets_as_of;
DROP FUNCTION alike_as_of;
DROP AGGREGATE joined(integer[]);
DROP AGGREGATE gathered(integer);
DROP FUNCTION refresh_entries;
DROP FUNCTION traits_in_month;
DROP FUNCTION entry_as_of(uuid, timestamptz);
DROP FUNCTION work_as_of;
DROP FUNCTION outcome_as_of;
DROP FUNCTION routing_as_of;
DROP FUNCTION month_of;
DROP TABLE entry_states;
-- +goose StatementBegin
CREATE FUNCTION pg_temp.ids_of(ordinals integer[]) RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(o.entry_id ORDER BY u.position) FROM unnest(ordinals) WITH ORDINALITY AS u (ordinal, position) JOIN entry_ordinals o ON o.ordinal = u.ordinal
$$;
-- +goose StatementEnd
ALTER TABLE snapshot_cohorts ALTER COLUMN ordinals TYPE uuid[] USING pg_temp.ids_of(ordinals);
ALTER TABLE snapshot_cohorts RENAME COLUMN ordinals TO entry_ids;
ALTER TABLE snapshot_cohorts ALTER COLUMN entry_ids SET STORAGE EXTERNAL;
ALTER TABLE frozen_buckets DROP COLUMN ordinals, ADD COLUMN entry_ids uuid[] NOT NULL;
ALTER TABLE frozen_buckets ALTER COLUMN entry_ids SET STORAGE EXTERNAL;
DROP FUNCTION pg_temp.ids_of;
DROP TABLE entry_ordinals;
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
-- +goose StatementBegin
CREATE FUNCTION routing_as_of(id uuid, cutoff timestamptz)
RETURNS TABLE (county_code text, source smallint, occurred_at timestamptz, added_at timestamptz, complete boolean, last_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT v.county_code, v.source, v.occurred_at, max(v.occurred_at) FILTER (WHERE v.version = 1) OVER (),
        v.version = count(*) OVER (), max(v.occurred_at) OVER ()
    FROM entry_routings v WHERE v.entry_id = id AND v.occurred_at < cutoff ORDER BY v.version DESC LIMIT 1
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION outcome_as_of(id uuid, cutoff timestamptz)
RETURNS TABLE (code text, occurred_at timestamptz, ever_a boolean, complete boolean, last_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT v.code, v.occurred_at, bool_or(v.code LIKE 'A%') OVER (), v.revision = count(*) OVER (), max(v.occurred_at) OVER ()
    FROM entry_outcomes v WHERE v.entry_id = id AND v.occurred_at < cutoff ORDER BY v.revision DESC LIMIT 1
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION work_as_of(id uuid, cutoff timestamptz)
RETURNS TABLE (closed boolean, given_back boolean, duty_open boolean, due_on date, complete boolean, last_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT v.closed, v.given_back, v.duty_open, v.due_on, v.version = count(*) OVER (), max(v.occurred_at) OVER ()
    FROM entry_works v WHERE v.entry_id = id AND v.occurred_at < cutoff ORDER BY v.version DESC LIMIT 1
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION entry_as_of(id uuid, cutoff timestamptz)
RETURNS TABLE (county_code text, source smallint, routed_at timestamptz, added_at timestamptz, code text, found_at timestamptz,
    ever_a boolean, closed boolean, given_back boolean, duty_open boolean, due_on date, complete boolean, last_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT r.county_code, r.source, r.occurred_at, r.added_at, coalesce(o.code, ''), o.occurred_at, coalesce(o.ever_a, false),
        coalesce(w.closed, false), coalesce(w.given_back, false), coalesce(w.duty_open, false), w.due_on,
        coalesce(r.complete, true) AND coalesce(o.complete, true) AND coalesce(w.complete, true), greatest(r.last_at, o.last_at, w.last_at)
    FROM (SELECT) always
    LEFT JOIN LATERAL routing_as_of(id, cutoff) r ON true
    LEFT JOIN LATERAL outcome_as_of(id, cutoff) o ON true
    LEFT JOIN LATERAL work_as_of(id, cutoff) w ON true
$$;
-- +goose StatementEnd
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
-- +goose StatementBegin
CREATE FUNCTION entries_as_of(cutoff timestamptz)
RETURNS TABLE (entry_id uuid, county_code text, source smallint, routed_at timestamptz, added_at timestamptz, code text, found_at timestamptz,
    ever_a boolean, closed boolean, given_back boolean, duty_open boolean, due_on date, complete boolean)
LANGUAGE sql STABLE AS $$
    WITH later AS MATERIALIZED (SELECT * FROM live_entries n WHERE n.last_at >= cutoff)
    SELECT n.entry_id, n.county_code, n.source, n.routed_at, n.added_at, n.code, n.found_at, n.ever_a, n.closed, n.given_back, n.duty_open,
        n.due_on, n.complete
    FROM live_entries n WHERE n.last_at < cutoff
    UNION ALL
    SELECT n.entry_id, CASE WHEN rs.entry_id IS NULL THEN n.county_code ELSE r.county_code END,
        CASE WHEN rs.entry_id IS NULL THEN n.source ELSE r.source END, CASE WHEN rs.entry_id IS NULL THEN n.routed_at ELSE r.occurred_at END,
        CASE WHEN rs.entry_id IS NULL THEN n.added_at ELSE r.added_at END,
        CASE WHEN os.entry_id IS NULL THEN n.code ELSE coalesce(o.code, '') END, CASE WHEN os.entry_id IS NULL THEN n.found_at ELSE o.occurred_at END,
        CASE WHEN os.entry_id IS NULL THEN n.ever_a ELSE coalesce(o.ever_a, false) END,
        CASE WHEN ws.entry_id IS NULL THEN n.closed ELSE coalesce(w.closed, false) END,
        CASE WHEN ws.entry_id IS NULL THEN n.given_back ELSE coalesce(w.given_back, false) END,
        CASE WHEN ws.entry_id IS NULL THEN n.duty_open ELSE coalesce(w.duty_open, false) END,
        CASE WHEN ws.entry_id IS NULL THEN n.due_on ELSE w.due_on END,
        coalesce(r.complete, true) AND coalesce(o.complete, true) AND coalesce(w.complete, true)
    FROM later n
    -- Of whom no fact of a kind came since, the kind is not looked up.
    LEFT JOIN (SELECT DISTINCT v.entry_id FROM entry_routings v WHERE v.occurred_at >= cutoff) rs ON rs.entry_id = n.entry_id
    LEFT JOIN (SELECT DISTINCT v.entry_id FROM entry_outcomes v WHERE v.occurred_at >= cutoff) os ON os.entry_id = n.entry_id
    LEFT JOIN (SELECT DISTINCT v.entry_id FROM entry_works v WHERE v.occurred_at >= cutoff) ws ON ws.entry_id = n.entry_id
    LEFT JOIN LATERAL routing_as_of(rs.entry_id, cutoff) r ON true
    LEFT JOIN LATERAL outcome_as_of(os.entry_id, cutoff) o ON true
    LEFT JOIN LATERAL work_as_of(ws.entry_id, cutoff) w ON true
    WHERE n.complete
    UNION ALL
    SELECT n.entry_id, s.county_code, s.source, s.routed_at, s.added_at, s.code, s.found_at, s.ever_a, s.closed, s.given_back, s.duty_open, s.due_on, s.complete
    FROM later n CROSS JOIN LATERAL entry_as_of(n.entry_id, cutoff) s WHERE NOT n.complete
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION live_follows_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO live_counties SELECT coalesce(l.county_code, ''), 1, l.last_at FROM live_entries l WHERE l.entry_id = OLD.entry_id
    ON CONFLICT (county_code) DO UPDATE SET version = live_counties.version + 1;
    DELETE FROM live_entries l WHERE l.entry_id = OLD.entry_id;
    INSERT INTO live_entries (entry_id, county_code, source, routed_at, added_at, code, found_at, ever_a, closed, given_back, duty_open,
        due_on, complete, last_at)
    SELECT OLD.entry_id, s.* FROM entry_as_of(OLD.entry_id, 'infinity') s WHERE s.last_at IS NOT NULL;
    INSERT INTO live_counties SELECT coalesce(l.county_code, ''), 1, l.last_at FROM live_entries l WHERE l.entry_id = OLD.entry_id
    ON CONFLICT (county_code) DO UPDATE SET version = live_counties.version + 1;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER live_follows AFTER UPDATE OR DELETE ON entry_routings FOR EACH ROW EXECUTE FUNCTION live_follows_facts();
CREATE TRIGGER live_follows AFTER UPDATE OR DELETE ON entry_outcomes FOR EACH ROW EXECUTE FUNCTION live_follows_facts();
CREATE TRIGGER live_follows AFTER UPDATE OR DELETE ON entry_works FOR EACH ROW EXECUTE FUNCTION live_follows_facts();
INSERT INTO live_entries (entry_id, county_code, source, routed_at, added_at, code, found_at, ever_a, closed, given_back, duty_open, due_on, complete, last_at)
SELECT e.entry_id, s.* FROM (SELECT entry_id FROM entry_routings UNION SELECT entry_id FROM entry_outcomes UNION SELECT entry_id FROM entry_works) e
CROSS JOIN LATERAL entry_as_of(e.entry_id, 'infinity') s;
