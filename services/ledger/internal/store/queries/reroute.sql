-- name: Counties :many
-- One step of the index for each county instead of reading all entries.
WITH RECURSIVE found AS (
    (SELECT county_code FROM entries WHERE county_code > '' ORDER BY county_code LIMIT 1)
    UNION ALL
    SELECT (SELECT e.county_code FROM entries e WHERE e.county_code > f.county_code ORDER BY e.county_code LIMIT 1)
    FROM found f WHERE f.county_code IS NOT NULL
)
SELECT county_code::text FROM found WHERE county_code IS NOT NULL;

-- name: LockReroute :exec
-- Of two processes that follow the same change one finds the entries moved.
SELECT pg_advisory_xact_lock(7316);

-- name: MoveCounty :many
-- One time for all, taken after the transaction has its id: the month-end's barrier
-- depends on it.
WITH moment AS (SELECT clock_timestamp() AS at FROM (SELECT pg_current_xact_id()) AS assigned),
moved AS (
    UPDATE entries e SET county_code = sqlc.arg(to_county), routing_reason = sqlc.arg(reason), suggestions = sqlc.arg(suggestions),
        responsible_id = NULL,
        flags = CASE WHEN sqlc.arg(flag)::text = ANY (e.flags) THEN e.flags ELSE e.flags || sqlc.arg(flag)::text END,
        routing_version = e.routing_version + 1, updated_at = (SELECT at FROM moment)
    WHERE e.county_code = sqlc.arg(from_county)
    RETURNING e.id, e.routing_version, e.source, e.updated_at
), recorded AS (
    INSERT INTO entry_routings (entry_id, version, county_code, source, reason, actor, occurred_at)
    SELECT m.id, m.routing_version, sqlc.arg(to_county), m.source, sqlc.arg(reason), sqlc.arg(actor), m.updated_at FROM moved m
)
SELECT id, routing_version, source, updated_at FROM moved;

-- name: RememberSplit :execrows
INSERT INTO region_splits (change_id) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: MarkSplit :execrows
UPDATE entries SET suggestions = sqlc.arg(suggestions),
    flags = CASE WHEN sqlc.arg(flag)::text = ANY (flags) THEN flags ELSE flags || sqlc.arg(flag)::text END
WHERE county_code = sqlc.arg(county) AND created_at < sqlc.arg(before);
