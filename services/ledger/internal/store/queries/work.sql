-- name: ProjectWorks :exec
-- Only forwards: an older version that comes late changes nothing.
UPDATE entries e SET
    returned = w.returned, duty = w.duty, closed = w.closed, due_on = nullif(w.due_on, '')::date, due_kind = w.due_kind,
    work_version = w.version
FROM (SELECT DISTINCT ON (n.entry_id) n.*
      FROM (SELECT unnest(sqlc.arg(entry_ids)::uuid[]) AS entry_id, unnest(sqlc.arg(versions)::bigint[]) AS version,
                unnest(sqlc.arg(returned)::boolean[]) AS returned, unnest(sqlc.arg(duties)::text[]) AS duty,
                unnest(sqlc.arg(closed)::boolean[]) AS closed, unnest(sqlc.arg(due_on)::text[]) AS due_on,
                unnest(sqlc.arg(due_kinds)::text[]) AS due_kind) n
      ORDER BY n.entry_id, n.version DESC) w
WHERE e.id = w.entry_id AND e.work_version < w.version;

-- name: UndatedDays :many
-- The days of routing, in Asia/Shanghai, of pending entries that have no deadline yet.
SELECT DISTINCT (r.occurred_at AT TIME ZONE 'Asia/Shanghai')::date AS routed_on
FROM entries e JOIN entry_routings r ON r.entry_id = e.id AND r.version = e.routing_version
WHERE e.status = 1 AND e.dated_version < e.routing_version;

-- name: DatePending :execrows
UPDATE entries e SET due_on = sqlc.arg(due_on)::date, due_kind = 'PENDING', dated_version = e.routing_version
FROM (SELECT u.id, u.routing_version
      FROM entries u JOIN entry_routings r ON r.entry_id = u.id AND r.version = u.routing_version
      WHERE u.status = 1 AND u.dated_version < u.routing_version AND u.work_version = 0
        AND (r.occurred_at AT TIME ZONE 'Asia/Shanghai')::date = sqlc.arg(routed_on)::date
      ORDER BY u.id LIMIT sqlc.arg(most) FOR UPDATE OF u SKIP LOCKED) p
WHERE e.id = p.id;
