-- name: Project :exec
-- The newest outcome of each entry, and the work states given. Only forwards: what is older
-- than what the entry has changes nothing of it. One update for both, since each is told and
-- tallied.
UPDATE entries e SET
    status = CASE WHEN n.code IS NULL THEN e.status WHEN n.code = '99' THEN 2 ELSE 3 END,
    code = coalesce(n.code, e.code), revision = coalesce(n.revision, e.revision), outcome_at = coalesce(n.outcome_at, e.outcome_at),
    updated_at = CASE WHEN n.revision IS NULL THEN e.updated_at ELSE clock_timestamp() END,
    returned = coalesce(n.returned, e.returned), duty = coalesce(n.duty, e.duty), closed = coalesce(n.closed, e.closed),
    due_on = CASE WHEN n.version IS NULL THEN e.due_on ELSE nullif(n.due_on, '')::date END,
    due_kind = coalesce(n.due_kind, e.due_kind), work_version = coalesce(n.version, e.work_version)
FROM (SELECT l.id, o.code, o.revision, o.occurred_at AS outcome_at, w.version, w.returned, w.duty, w.closed, w.due_on, w.due_kind
      FROM entries l
      LEFT JOIN LATERAL (SELECT h.code, h.revision, h.occurred_at FROM entry_outcomes h
                         WHERE h.entry_id = l.id AND h.revision > l.revision ORDER BY h.revision DESC LIMIT 1) o ON true
      LEFT JOIN (SELECT DISTINCT ON (g.entry_id) g.*
                 FROM (SELECT unnest(sqlc.arg(worked_ids)::uuid[]) AS entry_id, unnest(sqlc.arg(versions)::bigint[]) AS version,
                           unnest(sqlc.arg(returned)::boolean[]) AS returned, unnest(sqlc.arg(duties)::text[]) AS duty,
                           unnest(sqlc.arg(closed)::boolean[]) AS closed, unnest(sqlc.arg(due_on)::text[]) AS due_on,
                           unnest(sqlc.arg(due_kinds)::text[]) AS due_kind) g
                 ORDER BY g.entry_id, g.version DESC) w ON w.entry_id = l.id AND w.version > l.work_version
      WHERE l.id = ANY(sqlc.arg(ids)::uuid[]) AND (o.revision IS NOT NULL OR w.version IS NOT NULL)) n
WHERE e.id = n.id;

-- name: ListUnapplied :many
-- Which of the events tell something that the entries don't have: most were anticipated.
-- An entry that is missing is among them.
SELECT g.place::integer FROM (
    SELECT unnest(sqlc.arg(ids)::uuid[]) AS id, unnest(sqlc.arg(revisions)::bigint[]) AS revision,
        unnest(sqlc.arg(versions)::bigint[]) AS version, unnest(sqlc.arg(places)::integer[]) AS place) g
LEFT JOIN entries e ON e.id = g.id
-- Not by NOT EXISTS: behind an OR it would be answered from a hash of all outcomes there are.
LEFT JOIN entry_outcomes h ON h.entry_id = g.id AND h.revision = g.revision
WHERE e.id IS NULL OR e.work_version < g.version OR g.revision > 0 AND h.entry_id IS NULL;

-- name: WaitForDisk :exec
-- A commit waits for the disk only if it has something in the log; then all that was
-- committed before it is on the disk too.
SELECT pg_logical_emit_message(true, 'baoxue', '');

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
