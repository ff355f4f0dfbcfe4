-- +goose Up
-- All entries as of a cut-off: those without a fact since are as they are now; of the others only the kinds
-- of facts that came since are looked up again. An entry with a hole is computed from all it has: what is
-- missing may have happened on either side.
--
-- Facts come in about the order of their times: a range of blocks is all the index it takes to find the last.
CREATE INDEX entry_routings_by_time ON entry_routings USING brin (occurred_at) WITH (pages_per_range = 32);
CREATE INDEX entry_outcomes_by_time ON entry_outcomes USING brin (occurred_at) WITH (pages_per_range = 32);
CREATE INDEX entry_works_by_time ON entry_works USING brin (occurred_at) WITH (pages_per_range = 32);

-- The newest of each kind before a cut-off, with what all of them say; no row if there is none.
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
CREATE OR REPLACE FUNCTION entry_as_of(id uuid, cutoff timestamptz)
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

-- +goose Down
DROP FUNCTION entries_as_of;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION entry_as_of(id uuid, cutoff timestamptz)
RETURNS TABLE (county_code text, source smallint, routed_at timestamptz, added_at timestamptz, code text, found_at timestamptz,
    ever_a boolean, closed boolean, given_back boolean, duty_open boolean, due_on date, complete boolean, last_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT r.county_code, r.source, r.occurred_at, r.added_at, coalesce(o.code, ''), o.occurred_at, coalesce(o.ever_a, false),
        coalesce(w.closed, false), coalesce(w.given_back, false), coalesce(w.duty_open, false), w.due_on,
        coalesce(r.complete, true) AND coalesce(o.complete, true) AND coalesce(w.complete, true), greatest(r.last_at, o.last_at, w.last_at)
    FROM (SELECT) always
    LEFT JOIN LATERAL (
        SELECT v.county_code, v.source, v.occurred_at, max(v.occurred_at) FILTER (WHERE v.version = 1) OVER () AS added_at,
            v.version = count(*) OVER () AS complete, max(v.occurred_at) OVER () AS last_at
        FROM entry_routings v WHERE v.entry_id = id AND v.occurred_at < cutoff ORDER BY v.version DESC LIMIT 1) r ON true
    LEFT JOIN LATERAL (
        SELECT v.code, v.occurred_at, bool_or(v.code LIKE 'A%') OVER () AS ever_a,
            v.revision = count(*) OVER () AS complete, max(v.occurred_at) OVER () AS last_at
        FROM entry_outcomes v WHERE v.entry_id = id AND v.occurred_at < cutoff ORDER BY v.revision DESC LIMIT 1) o ON true
    LEFT JOIN LATERAL (
        SELECT v.closed, v.given_back, v.duty_open, v.due_on,
            v.version = count(*) OVER () AS complete, max(v.occurred_at) OVER () AS last_at
        FROM entry_works v WHERE v.entry_id = id AND v.occurred_at < cutoff ORDER BY v.version DESC LIMIT 1) w ON true
$$;
-- +goose StatementEnd
DROP FUNCTION work_as_of;
DROP FUNCTION outcome_as_of;
DROP FUNCTION routing_as_of;
DROP INDEX entry_works_by_time, entry_outcomes_by_time, entry_routings_by_time;
