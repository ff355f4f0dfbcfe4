-- name: LockMonth :exec
-- One close of a month at a time, from however many machines.
SELECT pg_advisory_xact_lock(7313, hashtext(sqlc.arg(month)::text));

-- name: GetSnapshot :one
-- The closed one if there is one, else the newest interim one.
SELECT * FROM snapshots WHERE month = $1 ORDER BY (state = 'CLOSED') DESC, number DESC LIMIT 1;

-- name: ListSnapshots :many
SELECT DISTINCT ON (s.month) s.* FROM snapshots s ORDER BY s.month DESC, (s.state = 'CLOSED') DESC, s.number DESC;

-- name: InsertSnapshot :one
INSERT INTO snapshots (month, state, cutoff, digest, stream_sequence, author, definitions) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *;

-- name: ListRows :many
SELECT * FROM snapshot_rows WHERE number = $1 ORDER BY position;

-- name: InsertRows :copyfrom
INSERT INTO snapshot_rows (number, position, region_code, region_name, region_level, parent_code, source, total, pending,
    unconfirmed, by_code, a_total, b_total, added, changed, ever_a, returned, rank,
    closed, given_back, duty_open, overdue, late)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23);

-- name: InsertReviews :exec
INSERT INTO snapshot_reviews (number, county_code, code, decided, overturned)
SELECT sqlc.arg(number)::bigint, unnest(sqlc.arg(counties)::text[]), unnest(sqlc.arg(codes)::text[]),
    unnest(sqlc.arg(decided)::bigint[]), unnest(sqlc.arg(overturned)::bigint[]);

-- name: ListReviews :many
SELECT * FROM snapshot_reviews WHERE number = ANY (sqlc.arg(numbers)::bigint[]) ORDER BY number, county_code, code;

-- name: InsertCohorts :exec
-- Those that were frozen in this transaction.
WITH frozen AS (DELETE FROM frozen_buckets f WHERE f.month = sqlc.arg(month) RETURNING f.*)
INSERT INTO snapshot_cohorts (number, county_code, source, code, traits, ordinals)
SELECT sqlc.arg(number), county_code, source, code, traits, ordinals FROM frozen;

-- name: GetSnapshotByNumber :one
SELECT * FROM snapshots WHERE number = $1;

-- name: ListCohorts :many
-- The sizes tell which cohorts a page needs.
SELECT county_code, source, code, traits, cardinality(ordinals)::bigint AS entries FROM snapshot_cohorts WHERE number = $1
ORDER BY county_code, source, code, traits;

-- name: CohortEntries :many
-- Positions count from 1.
SELECT n.entry_id FROM snapshot_cohorts c
CROSS JOIN unnest(c.ordinals[sqlc.arg(first)::integer : sqlc.arg(last)::integer]) WITH ORDINALITY AS u (ordinal, position)
JOIN entry_ordinals n ON n.ordinal = u.ordinal
WHERE c.number = sqlc.arg(number) AND c.county_code = sqlc.arg(county_code) AND c.source = sqlc.arg(source)
  AND c.code = sqlc.arg(code) AND c.traits = sqlc.arg(traits)
ORDER BY u.position;

-- name: ClosedUntil :one
-- The end of the newest closed month, or when the first child came, or now if none came yet.
SELECT coalesce(
    (SELECT max(cutoff) FROM snapshots WHERE state = 'CLOSED'),
    (SELECT r.occurred_at FROM entry_routings r
     WHERE r.entry_id = (SELECT o.entry_id FROM entry_ordinals o ORDER BY o.ordinal LIMIT 1) AND r.version = 1),
    now())::timestamptz AS until;
