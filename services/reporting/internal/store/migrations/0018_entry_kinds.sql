-- +goose Up
-- A county and what its entries have in common are a number each: a million entries are grouped by two integers
-- and a few bits, and not by their texts. Numbers are given once, for good.
CREATE TABLE county_ordinals (
    -- Empty for the province's own queue, and for entries whose routing has not come.
    county_code text    PRIMARY KEY,
    ordinal     integer GENERATED ALWAYS AS IDENTITY UNIQUE
);
CREATE TRIGGER county_ordinals_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON county_ordinals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What entries of a county can have in common whatever month is counted.
CREATE TABLE entry_kinds (
    kind     integer  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- 0 while no routing has come.
    source   smallint NOT NULL,
    code     text     NOT NULL,
    -- Those of domain.Traits that depend on no month.
    traits   smallint NOT NULL,
    -- No version is missing.
    complete boolean  NOT NULL,
    -- It is known to have come into the ledger, and where it is.
    counted  boolean  NOT NULL,
    UNIQUE (source, code, traits, complete, counted)
);
CREATE TRIGGER entry_kinds_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON entry_kinds
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

INSERT INTO county_ordinals (county_code) SELECT DISTINCT coalesce(s.county_code, '') FROM entry_states s;
INSERT INTO entry_kinds (source, code, traits, complete, counted)
SELECT DISTINCT coalesce(s.source, 0), s.code, s.traits, s.complete, s.added_at IS NOT NULL AND s.county_code IS NOT NULL FROM entry_states s;

DROP FUNCTION buckets_as_of;
DROP FUNCTION alike_as_of;
CREATE TEMP TABLE states_before ON COMMIT DROP AS TABLE entry_states;
DROP TABLE entry_states;

-- For every cut-off at most one row of an entry counts: the one with last_at < cut-off <= until.
CREATE TABLE entry_states (
    -- Of entry_ordinals, county_ordinals and entry_kinds. They are not checked for each event: what writes them has
    -- them from there, and from there nothing is removed.
    ordinal   integer     NOT NULL,
    county    integer     NOT NULL,
    kind      integer     NOT NULL,
    -- As of the beginning of the month of the entry's newest fact, which is then until; else as it is now.
    past      boolean     NOT NULL,
    until     timestamptz NOT NULL CHECK (past = (until < 'infinity')),
    -- When the newest of the facts before until happened.
    last_at   timestamptz NOT NULL CHECK (last_at < until),
    -- Of the newest routing; null while none has come.
    routed_at timestamptz,
    -- When it came into the ledger; null while that event has not come.
    added_at  timestamptz,
    -- Of the newest outcome.
    found_at  timestamptz,
    -- The earliest deadline's last day.
    due_on    date,
    PRIMARY KEY (ordinal, past)
-- An entry that changes finds room on its page, and no index has to be told.
) WITH (fillfactor = 60);
INSERT INTO entry_states (ordinal, county, kind, past, until, last_at, routed_at, added_at, found_at, due_on)
SELECT s.ordinal, c.ordinal, k.kind, s.past, s.until, s.last_at, s.routed_at, s.added_at, s.found_at, s.due_on
FROM states_before s JOIN county_ordinals c ON c.county_code = coalesce(s.county_code, '')
JOIN entry_kinds k ON (k.source, k.code, k.traits, k.complete, k.counted)
    = (coalesce(s.source, 0), s.code, s.traits, s.complete, s.added_at IS NOT NULL AND s.county_code IS NOT NULL);
CREATE INDEX entry_states_by_county ON entry_states (county) WHERE NOT past;

-- Those of domain.Traits that depend on the month that is counted; the last of them holds for pending entries only.
DROP FUNCTION traits_in_month;
-- +goose StatementBegin
CREATE FUNCTION traits_of_month(added_at timestamptz, found_at timestamptz, routed_at timestamptz, due_on date,
    month_start timestamptz, day date, late_from timestamptz)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN added_at >= month_start THEN 1 ELSE 0 END
         + CASE WHEN found_at >= month_start THEN 2 ELSE 0 END
         + CASE WHEN due_on < day THEN 128 ELSE 0 END
         + CASE WHEN routed_at >= late_from THEN 256 ELSE 0 END
$$;
-- +goose StatementEnd

-- domain.Traits of an entry: those of its kind, and those of the month.
-- +goose StatementBegin
CREATE FUNCTION all_traits(code text, of_kind integer, of_month integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT of_kind + CASE WHEN code = '' THEN of_month ELSE of_month & ~256 END
$$;
-- +goose StatementEnd

-- Computes the states of entries anew, writes those that differ, tells their counties, and returns how many
-- entries they are of.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION refresh_entries(ids uuid[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    strangers uuid[] := ARRAY (SELECT DISTINCT e.id FROM unnest(ids) AS e (id) LEFT JOIN entry_ordinals o ON o.entry_id = e.id WHERE o.entry_id IS NULL);
    entries bigint;
BEGIN
    INSERT INTO entry_ordinals (entry_id) SELECT unnest(strangers);

    WITH present AS MATERIALIZED (
        SELECT o.ordinal, o.entry_id, month_of(s.last_at) AS month, s.*
        FROM entry_ordinals o CROSS JOIN LATERAL entry_as_of(o.entry_id, 'infinity') s WHERE o.entry_id = ANY (ids)
    ), told AS MATERIALIZED (
        SELECT t.ordinal, t.past, t.until, t.last_at, t.routed_at, t.added_at, t.found_at, t.due_on, coalesce(t.county_code, '') AS county_code,
            coalesce(t.source, 0::smallint) AS source, t.code, t.traits, t.complete, t.added_at IS NOT NULL AND t.county_code IS NOT NULL AS counted
        FROM (SELECT p.ordinal, false AS past, 'infinity'::timestamptz AS until, p.last_at, p.routed_at, p.added_at, p.found_at, p.due_on,
                  p.county_code, p.source, p.code, p.traits, p.complete
              FROM present p WHERE p.last_at IS NOT NULL
              UNION ALL
              SELECT p.ordinal, true, p.month, b.last_at, b.routed_at, b.added_at, b.found_at, b.due_on,
                  b.county_code, b.source, b.code, b.traits, b.complete
              FROM present p CROSS JOIN LATERAL entry_as_of(p.entry_id, p.month) b WHERE p.first_at < p.month) t
    ), new_counties AS (
        INSERT INTO county_ordinals (county_code)
        SELECT DISTINCT t.county_code FROM told t WHERE NOT EXISTS (SELECT FROM county_ordinals c WHERE c.county_code = t.county_code)
        RETURNING county_code, ordinal
    ), new_kinds AS (
        INSERT INTO entry_kinds (source, code, traits, complete, counted)
        SELECT t.source, t.code, t.traits, t.complete, t.counted FROM told t
        EXCEPT SELECT k.source, k.code, k.traits, k.complete, k.counted FROM entry_kinds k
        RETURNING kind, source, code, traits, complete, counted
    ), counties AS MATERIALIZED (
        SELECT c.county_code, c.ordinal FROM county_ordinals c UNION ALL SELECT n.county_code, n.ordinal FROM new_counties n
    ), placed AS MATERIALIZED (
        -- By itself: together with the next join the planner expects one row, and reads all counties for each.
        SELECT t.*, c.ordinal AS county FROM told t JOIN counties c ON c.county_code = t.county_code
    ), kinds AS (
        SELECT k.kind, k.source, k.code, k.traits, k.complete, k.counted FROM entry_kinds k
        UNION ALL SELECT n.kind, n.source, n.code, n.traits, n.complete, n.counted FROM new_kinds n
    ), strayed AS MATERIALIZED (
        SELECT t.ordinal, t.county, k.kind, t.past, t.until, t.last_at, t.routed_at, t.added_at, t.found_at, t.due_on,
            s.county AS county_before
        FROM placed t
        JOIN kinds k ON (k.source, k.code, k.traits, k.complete, k.counted) = (t.source, t.code, t.traits, t.complete, t.counted)
        LEFT JOIN entry_states s ON s.ordinal = t.ordinal AND s.past = t.past
        WHERE (t.county, k.kind, t.until, t.last_at, t.routed_at, t.added_at, t.found_at, t.due_on) IS DISTINCT FROM
              (s.county, s.kind, s.until, s.last_at, s.routed_at, s.added_at, s.found_at, s.due_on)
    ), kept AS (
        INSERT INTO entry_states (ordinal, county, kind, past, until, last_at, routed_at, added_at, found_at, due_on)
        SELECT t.ordinal, t.county, t.kind, t.past, t.until, t.last_at, t.routed_at, t.added_at, t.found_at, t.due_on FROM strayed t
        ON CONFLICT (ordinal, past) DO UPDATE SET county = excluded.county, kind = excluded.kind, until = excluded.until,
            last_at = excluded.last_at, routed_at = excluded.routed_at, added_at = excluded.added_at, found_at = excluded.found_at,
            due_on = excluded.due_on
    ), gone AS (
        DELETE FROM entry_states s USING present p
        WHERE s.ordinal = p.ordinal AND CASE WHEN s.past THEN coalesce(p.first_at >= p.month, true) ELSE p.last_at IS NULL END
        RETURNING s.ordinal, s.past, s.county
    ), touched AS (
        INSERT INTO live_counties (county_code, version, newest_at)
        SELECT c.county_code, 1, max(m.last_at)
        FROM (SELECT t.county, t.last_at FROM strayed t WHERE NOT t.past
              UNION ALL SELECT t.county_before, 'epoch' FROM strayed t WHERE NOT t.past
              UNION ALL SELECT g.county, 'epoch' FROM gone g WHERE NOT g.past) m
        JOIN counties c ON c.ordinal = m.county
        GROUP BY 1
        ON CONFLICT (county_code) DO UPDATE SET version = live_counties.version + 1, newest_at = greatest(live_counties.newest_at, excluded.newest_at)
    )
    SELECT count(DISTINCT c.ordinal) INTO entries FROM (SELECT t.ordinal FROM strayed t UNION ALL SELECT g.ordinal FROM gone g) c;
    RETURN entries;
END $$;
-- +goose StatementEnd

-- Who changes facts by hand waits for those who apply them, as these do for one another.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION states_follow_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7315);
    PERFORM refresh_entries(array_agg(DISTINCT b.entry_id)) FROM before b HAVING count(*) > 0;
    IF TG_OP = 'UPDATE' THEN
        PERFORM refresh_entries(array_agg(DISTINCT a.entry_id)) FROM after a HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- Entries alike in where they were as of a cut-off, in one pass over all states. Those of whom the row tells only
-- that it is not of that instant are unsettled.
-- +goose StatementBegin
CREATE FUNCTION alike_as_of(cutoff timestamptz, month_start timestamptz, day date, late_from timestamptz)
RETURNS TABLE (county integer, kind integer, of_month integer, unsettled boolean, entries bigint, ordinals integer[])
-- A statement that writes is run by one process; what it asks of a plpgsql function is not. The planner fears a
-- kilobyte for each of many thousand groups, and would with little memory rather sort a million rows.
LANGUAGE plpgsql STABLE SET parallel_setup_cost = 0 SET parallel_tuple_cost = 0 SET work_mem = '1GB' AS $$
BEGIN
    RETURN QUERY
    SELECT s.county, s.kind, traits_of_month(s.added_at, s.found_at, s.routed_at, s.due_on, month_start, day, late_from),
        s.last_at >= cutoff, count(*), gathered(s.ordinal)
    FROM entry_states s
    -- An entry whose newest facts are of a later month is told by its past; of who has none there was nothing yet.
    WHERE s.until >= cutoff AND (s.last_at < cutoff OR s.past OR month_of(s.last_at) < cutoff)
    GROUP BY 1, 2, 3, 4;
END $$;
-- +goose StatementEnd

-- The same of all entries: the unsettled are looked up among the facts.
-- +goose StatementBegin
CREATE FUNCTION buckets_as_of(cutoff timestamptz, month_start timestamptz, day date, late_from timestamptz)
RETURNS TABLE (county_code text, source smallint, code text, traits integer, counted boolean, entries bigint, gaps bigint, ordinals integer[])
LANGUAGE sql STABLE AS $$
    WITH alike AS MATERIALIZED (SELECT * FROM alike_as_of(cutoff, month_start, day, late_from)),
    looked_up AS (
        SELECT coalesce(s.county_code, '') AS county_code, coalesce(s.source, 0::smallint) AS source, s.code,
            all_traits(s.code, s.traits, traits_of_month(s.added_at, s.found_at, s.routed_at, s.due_on, month_start, day, late_from)) AS traits,
            s.added_at IS NOT NULL AND s.county_code IS NOT NULL AS counted,
            count(*) AS entries, count(*) FILTER (WHERE NOT s.complete) AS gaps, gathered(o.ordinal) AS ordinals
        FROM alike a CROSS JOIN unnest(a.ordinals) AS u (ordinal) JOIN entry_ordinals o ON o.ordinal = u.ordinal
        CROSS JOIN LATERAL entry_as_of(o.entry_id, cutoff) s
        WHERE a.unsettled AND s.last_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5
    ), told AS (
        SELECT c.county_code, k.source, k.code, all_traits(k.code, k.traits, a.of_month) AS traits, k.counted,
            a.entries, CASE WHEN k.complete THEN 0 ELSE a.entries END AS gaps, a.ordinals
        FROM alike a JOIN county_ordinals c ON c.ordinal = a.county JOIN entry_kinds k ON k.kind = a.kind WHERE NOT a.unsettled
    )
    SELECT b.county_code, b.source, b.code, b.traits, b.counted, sum(b.entries)::bigint, sum(b.gaps)::bigint, joined(b.ordinals)
    FROM (SELECT * FROM told UNION ALL SELECT * FROM looked_up) b
    GROUP BY 1, 2, 3, 4, 5
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION buckets_as_of;
DROP FUNCTION alike_as_of;
DROP FUNCTION all_traits;
DROP FUNCTION traits_of_month;
CREATE TEMP TABLE states_before ON COMMIT DROP AS
SELECT s.*, c.county_code, k.source, k.code, k.traits, k.complete
FROM entry_states s JOIN county_ordinals c ON c.ordinal = s.county JOIN entry_kinds k ON k.kind = s.kind;
DROP TABLE entry_states;
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
INSERT INTO entry_states (ordinal, traits, past, complete, until, last_at, routed_at, added_at, found_at, due_on, source, county_code, code)
SELECT s.ordinal, s.traits, s.past, s.complete, s.until, s.last_at, s.routed_at, s.added_at, s.found_at, s.due_on,
    CASE WHEN s.routed_at IS NOT NULL THEN s.source END, CASE WHEN s.routed_at IS NOT NULL THEN s.county_code END, s.code
FROM states_before s;
CREATE INDEX entry_states_by_county ON entry_states (county_code) WHERE NOT past;
DROP TABLE entry_kinds;
DROP TABLE county_ordinals;
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
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION refresh_entries(ids uuid[]) RETURNS bigint LANGUAGE plpgsql AS $$
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
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION states_follow_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_entries(array_agg(DISTINCT b.entry_id)) FROM before b HAVING count(*) > 0;
    IF TG_OP = 'UPDATE' THEN
        PERFORM refresh_entries(array_agg(DISTINCT a.entry_id)) FROM after a HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
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
