-- Formulas: docs/signals.md. All are over the newest findings of a scope.

-- name: SignalsUnder16 :many
SELECT p.county_code, count(*)::integer AS found, (array_agg(m.entry_id::text ORDER BY m.entry_id))[1:20]::text[] AS entry_ids
FROM entry_heads h JOIN entry_places p ON p.entry_id = h.entry_id
    JOIN finding_marks m ON m.entry_id = h.entry_id AND m.revision = h.revision
WHERE p.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to) AND m.code = 'B6' AND m.under_16
GROUP BY p.county_code ORDER BY p.county_code;

-- name: SignalsSharedWitness :many
SELECT p.county_code, count(*)::integer AS found, (array_agg(m.entry_id::text ORDER BY m.entry_id))[1:20]::text[] AS entry_ids
FROM entry_heads h JOIN entry_places p ON p.entry_id = h.entry_id
    JOIN finding_marks m ON m.entry_id = h.entry_id AND m.revision = h.revision
WHERE p.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to)
GROUP BY p.county_code, m.witness_digest HAVING count(*) >= sqlc.arg(least)::integer ORDER BY p.county_code, found DESC;

-- name: SignalsSameExplanation :many
SELECT p.county_code, count(*)::integer AS found, (array_agg(m.entry_id::text ORDER BY m.entry_id))[1:20]::text[] AS entry_ids
FROM entry_heads h JOIN entry_places p ON p.entry_id = h.entry_id
    JOIN finding_marks m ON m.entry_id = h.entry_id AND m.revision = h.revision
WHERE p.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to) AND m.explanation_digest <> ''
GROUP BY p.county_code, m.explanation_digest HAVING count(*) >= sqlc.arg(least)::integer ORDER BY p.county_code, found DESC;

-- name: CountReturnsOfMonth :many
-- A→B of one month by county: all, and those from a time on.
SELECT p.county_code, count(*)::integer AS moved, (count(*) FILTER (WHERE m.occurred_at >= sqlc.arg(late_time)))::integer AS late,
    coalesce((array_agg(m.entry_id::text ORDER BY m.occurred_at DESC) FILTER (WHERE m.occurred_at >= sqlc.arg(late_time)))[1:20], '{}')::text[] AS entry_ids
FROM finding_marks m JOIN entry_places p ON p.entry_id = m.entry_id
WHERE p.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to)
  AND m.code LIKE 'B%' AND m.previous_code LIKE 'A%' AND m.occurred_at >= sqlc.arg(from_time) AND m.occurred_at < sqlc.arg(to_time)
GROUP BY p.county_code ORDER BY p.county_code;

-- name: CountShares :many
SELECT p.county_code, (count(*) FILTER (WHERE m.code LIKE 'B%'))::integer AS b, (count(*) FILTER (WHERE m.code <> '99'))::integer AS settled
FROM entry_heads h JOIN entry_places p ON p.entry_id = h.entry_id
    JOIN finding_marks m ON m.entry_id = h.entry_id AND m.revision = h.revision
WHERE p.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to)
GROUP BY p.county_code ORDER BY p.county_code;
