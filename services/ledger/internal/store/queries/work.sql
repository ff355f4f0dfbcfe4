-- name: Project :exec
-- Outcomes and work states, each entry once: one update for both, since each is told and tallied. Only
-- forwards: what is not newer than what the entry has changes nothing of it. Revision 0 and version 0 say
-- that there is none.
UPDATE entries e SET
    status = CASE WHEN n.revision <= e.revision THEN e.status WHEN n.code = '99' THEN 2 ELSE 3 END,
    code = CASE WHEN n.revision <= e.revision THEN e.code ELSE n.code END,
    revision = greatest(n.revision, e.revision),
    outcome_at = CASE WHEN n.revision <= e.revision THEN e.outcome_at ELSE n.outcome_at END,
    updated_at = CASE WHEN n.revision <= e.revision THEN e.updated_at ELSE clock_timestamp() END,
    returned = CASE WHEN n.version <= e.work_version THEN e.returned ELSE n.returned END,
    duty = CASE WHEN n.version <= e.work_version THEN e.duty ELSE n.duty END,
    closed = CASE WHEN n.version <= e.work_version THEN e.closed ELSE n.closed END,
    due_on = CASE WHEN n.version <= e.work_version THEN e.due_on ELSE nullif(n.due_on, '')::date END,
    due_kind = CASE WHEN n.version <= e.work_version THEN e.due_kind ELSE n.due_kind END,
    legal_step = CASE WHEN n.version <= e.work_version THEN e.legal_step ELSE n.legal_step END,
    work_version = greatest(n.version, e.work_version)
FROM (SELECT unnest(sqlc.arg(ids)::uuid[]) AS id, unnest(sqlc.arg(revisions)::bigint[]) AS revision,
          unnest(sqlc.arg(codes)::text[]) AS code, unnest(sqlc.arg(times)::timestamptz[]) AS outcome_at,
          unnest(sqlc.arg(versions)::bigint[]) AS version, unnest(sqlc.arg(returned)::boolean[]) AS returned,
          unnest(sqlc.arg(duties)::text[]) AS duty, unnest(sqlc.arg(closed)::boolean[]) AS closed,
          unnest(sqlc.arg(due_on)::text[]) AS due_on, unnest(sqlc.arg(due_kinds)::text[]) AS due_kind,
          unnest(sqlc.arg(legal_steps)::text[]) AS legal_step) n
WHERE e.id = n.id AND (n.revision > e.revision OR n.version > e.work_version);

-- name: ListUnappliedOutcomes :many
-- Which outcomes the histories don't have: most were anticipated. Entries are never deleted, so that
-- one that is there stays.
SELECT o.place::integer AS place, EXISTS (SELECT FROM entries e WHERE e.id = o.entry_id)::boolean AS known
FROM (SELECT unnest(sqlc.arg(entry_ids)::uuid[]) AS entry_id, unnest(sqlc.arg(revisions)::bigint[]) AS revision,
          unnest(sqlc.arg(places)::integer[]) AS place) o
LEFT JOIN entry_outcomes h ON h.entry_id = o.entry_id AND h.revision = o.revision
WHERE h.entry_id IS NULL;

-- name: ListUnappliedWorks :many
-- Which work states are newer than the entries' own.
SELECT w.place::integer AS place, (e.id IS NOT NULL)::boolean AS known
FROM (SELECT unnest(sqlc.arg(entry_ids)::uuid[]) AS entry_id, unnest(sqlc.arg(versions)::bigint[]) AS version,
          unnest(sqlc.arg(places)::integer[]) AS place) w
LEFT JOIN entries e ON e.id = w.entry_id
WHERE e.id IS NULL OR e.work_version < w.version;

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
