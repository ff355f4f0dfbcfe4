-- name: InsertRoutings :exec
INSERT INTO entry_routings (entry_id, version, county_code, source, occurred_at)
SELECT unnest(sqlc.arg(entry_ids)::uuid[]), unnest(sqlc.arg(versions)::bigint[]), unnest(sqlc.arg(counties)::text[]),
       unnest(sqlc.arg(sources)::smallint[]), unnest(sqlc.arg(times)::timestamptz[])
ON CONFLICT DO NOTHING;

-- name: InsertOutcomes :exec
INSERT INTO entry_outcomes (entry_id, revision, code, occurred_at)
SELECT unnest(sqlc.arg(entry_ids)::uuid[]), unnest(sqlc.arg(revisions)::bigint[]), unnest(sqlc.arg(codes)::text[]),
       unnest(sqlc.arg(times)::timestamptz[])
ON CONFLICT DO NOTHING;

-- name: InsertWorks :exec
INSERT INTO entry_works (entry_id, version, closed, given_back, duty_open, due_on, occurred_at)
SELECT unnest(sqlc.arg(entry_ids)::uuid[]), unnest(sqlc.arg(versions)::bigint[]), unnest(sqlc.arg(closed)::boolean[]),
       unnest(sqlc.arg(given_back)::boolean[]), unnest(sqlc.arg(duty_open)::boolean[]),
       nullif(unnest(sqlc.arg(due_on)::text[]), '')::date, unnest(sqlc.arg(times)::timestamptz[])
ON CONFLICT DO NOTHING;

-- name: BucketsOfHistory :many
-- Entries alike in county, source, newest code and traits as of the cut-off, from nothing but
-- the facts; the bits are domain.Traits. What a rerun counts by, in tables of its own.
SELECT c.county_code, c.source, c.code, c.traits, count(*) AS entries
FROM (SELECT r.county_code, r.source, coalesce(o.code, '')::text AS code,
             (CASE WHEN f.occurred_at >= sqlc.arg(month_start)::timestamptz THEN 1 ELSE 0 END
            + CASE WHEN o.occurred_at >= sqlc.arg(month_start)::timestamptz THEN 2 ELSE 0 END
            + CASE WHEN a.ever THEN 4 ELSE 0 END
            -- 劝返: the newest outcome is a school after an A.
            + CASE WHEN a.ever AND o.code IN ('B2', 'B3', 'B4', 'B8') THEN 8 ELSE 0 END
            + CASE WHEN w.closed THEN 16 ELSE 0 END
            + CASE WHEN w.given_back THEN 32 ELSE 0 END
            + CASE WHEN w.duty_open THEN 64 ELSE 0 END
            + CASE WHEN w.due_on < sqlc.arg(day)::date THEN 128 ELSE 0 END
            + CASE WHEN o.code IS NULL AND r.occurred_at >= sqlc.arg(late_from)::timestamptz THEN 256 ELSE 0 END)::integer AS traits
      FROM (SELECT DISTINCT ON (v.entry_id) v.entry_id, v.county_code, v.source, v.occurred_at FROM entry_routings v
            WHERE v.occurred_at < sqlc.arg(cutoff) ORDER BY v.entry_id, v.version DESC) r
      JOIN entry_routings f ON f.entry_id = r.entry_id AND f.version = 1
      LEFT JOIN (SELECT DISTINCT ON (n.entry_id) n.entry_id, n.code, n.occurred_at FROM entry_outcomes n
            WHERE n.occurred_at < sqlc.arg(cutoff) ORDER BY n.entry_id, n.revision DESC) o ON o.entry_id = r.entry_id
      LEFT JOIN (SELECT n.entry_id, bool_or(n.code LIKE 'A%') AS ever FROM entry_outcomes n
            WHERE n.occurred_at < sqlc.arg(cutoff) GROUP BY 1) a ON a.entry_id = r.entry_id
      LEFT JOIN (SELECT DISTINCT ON (n.entry_id) n.entry_id, n.closed, n.given_back, n.duty_open, n.due_on FROM entry_works n
            WHERE n.occurred_at < sqlc.arg(cutoff) ORDER BY n.entry_id, n.version DESC) w ON w.entry_id = r.entry_id) c
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
