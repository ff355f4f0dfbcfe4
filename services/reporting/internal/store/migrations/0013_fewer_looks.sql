-- +goose Up
-- Each kind of facts is looked up once for an entry, not twice or three times: the newest row
-- has beside it what all of them say. Where an entry is now and where it was at a cut-off is
-- computed by the same words still.
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

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION entry_as_of(id uuid, cutoff timestamptz)
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
