-- name: InsertMarks :exec
INSERT INTO finding_marks (entry_id, revision, code, previous_code, county_code, author_id, under_16, witness_digest, explanation_digest, occurred_at)
SELECT unnest(sqlc.arg(entry_ids)::uuid[]), unnest(sqlc.arg(revisions)::bigint[]), unnest(sqlc.arg(codes)::text[]),
    unnest(sqlc.arg(previous_codes)::text[]), unnest(sqlc.arg(county_codes)::text[]), unnest(sqlc.arg(author_ids)::text[]),
    unnest(sqlc.arg(under_16)::boolean[]), unnest(sqlc.arg(witness_digests)::bytea[]), unnest(sqlc.arg(explanation_digests)::bytea[]),
    unnest(sqlc.arg(times)::timestamptz[]);

-- name: ListReviewable :many
-- Newest B findings that wait for no review, but those of the reviewer.
SELECT h.entry_id, p.county_code, m.code
FROM entry_heads h JOIN entry_places p ON p.entry_id = h.entry_id
    JOIN finding_marks m ON m.entry_id = h.entry_id AND m.revision = h.revision
WHERE p.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to)
  AND m.code LIKE 'B%' AND (sqlc.arg(code)::text = '' OR m.code = sqlc.arg(code)::text)
  AND m.occurred_at >= sqlc.arg(from_time) AND m.occurred_at < sqlc.arg(to_time)
  AND m.author_id <> sqlc.arg(reviewer_id)
  AND NOT (h.work ->> 'underReview')::boolean AND NOT (h.work ->> 'returned')::boolean;

-- name: HoldPlaces :many
-- Of those that the transaction sees; none of them goes elsewhere until it ends.
SELECT entry_id, county_code FROM entry_places WHERE entry_id = ANY(sqlc.arg(entry_ids)::uuid[]) ORDER BY entry_id FOR SHARE;

-- name: InsertSample :one
INSERT INTO review_samples (id, region, code, month, size, seed, population, author_id, author, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *;

-- name: InsertReview :exec
INSERT INTO reviews (id, sample_id, entry_id, county_code) VALUES ($1, $2, $3, $4);

-- name: ListSamples :many
SELECT s.id, s.region, s.code, s.month, s.size, s.seed, s.population, s.author, s.created_at,
    count(r.id)::integer AS drawn, (count(r.id) FILTER (WHERE r.state = 'OPEN'))::integer AS open
FROM review_samples s LEFT JOIN reviews r ON r.sample_id = s.id
WHERE s.region BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to) AND s.id < sqlc.arg(before)::uuid
GROUP BY s.id ORDER BY s.id DESC LIMIT sqlc.arg(most);

-- name: ListReviews :many
SELECT r.* FROM reviews r JOIN entry_places p ON p.entry_id = r.entry_id
WHERE r.sample_id = $1 AND p.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to) ORDER BY r.id;

-- name: GetReview :one
SELECT r.* FROM reviews r JOIN entry_places p ON p.entry_id = r.entry_id
WHERE r.id = $1 AND p.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to);

-- name: LockReview :one
SELECT * FROM reviews WHERE id = $1 FOR UPDATE;

-- name: DecideReview :one
UPDATE reviews SET state = $2, revision = $3, code = $4, county_code = $5, judged_code = $6, reason_sealed = $7,
    reviewer_id = $8, reviewer = $9, decided_at = $10
WHERE id = $1 AND state = 'OPEN' RETURNING *;

-- name: LapseReviews :exec
UPDATE reviews SET state = 'LAPSED', decided_at = clock_timestamp()
WHERE entry_id = ANY(sqlc.arg(entry_ids)::uuid[]) AND state = 'OPEN';

-- name: LastReturn :one
SELECT id, reason_sealed FROM reviews WHERE entry_id = $1 AND state = 'RETURNED' ORDER BY decided_at DESC LIMIT 1;

-- name: ReviewsAsOf :many
-- Where the entry was when it was decided on, wherever it is now.
SELECT r.county_code, r.code, count(*)::integer AS decided, (count(*) FILTER (WHERE r.state = 'RETURNED'))::integer AS returned
FROM reviews r
WHERE r.state IN ('CONFIRMED', 'RETURNED') AND r.decided_at < sqlc.arg(cutoff)::timestamptz
GROUP BY r.county_code, r.code ORDER BY r.county_code, r.code;

-- name: OverturnRates :many
SELECT r.county_code, r.code, count(*)::integer AS decided, (count(*) FILTER (WHERE r.state = 'RETURNED'))::integer AS returned
FROM reviews r JOIN entry_places p ON p.entry_id = r.entry_id
WHERE r.state IN ('CONFIRMED', 'RETURNED') AND p.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to)
  AND r.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to)
GROUP BY r.county_code, r.code ORDER BY r.county_code, r.code;
