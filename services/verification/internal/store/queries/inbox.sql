-- name: ListMessages :many
-- Steps that others took and that concern a region: as the county of the order, as who gave it, or
-- as whoever is above all. The newest first.
SELECT s.order_id, s.number, s.kind, s.due_on, s.author, s.occurred_at, o.title_sealed, o.county_code, o.issuer_region,
    EXISTS (SELECT FROM supervision_reads r WHERE r.user_id = sqlc.arg(reader) AND r.order_id = s.order_id AND r.number = s.number)::boolean AS read
FROM supervision_steps s JOIN supervision_orders o ON o.id = s.order_id
WHERE (s.occurred_at, s.order_id, s.number) < (sqlc.arg(before_at)::timestamptz, sqlc.arg(before_order)::uuid, sqlc.arg(before_number)::integer)
  AND s.author_id <> sqlc.arg(reader)
  AND (o.county_code = sqlc.arg(region) AND s.kind = ANY(sqlc.arg(county_kinds)::text[])
    OR o.issuer_region = sqlc.arg(region) AND s.kind = ANY(sqlc.arg(issuer_kinds)::text[])
    OR s.kind = ANY(sqlc.arg(other_kinds)::text[]))
  AND (NOT sqlc.arg(only_unread)::boolean OR NOT EXISTS (
    SELECT FROM supervision_reads r WHERE r.user_id = sqlc.arg(reader) AND r.order_id = s.order_id AND r.number = s.number))
ORDER BY s.occurred_at DESC, s.order_id DESC, s.number DESC LIMIT sqlc.arg(most);

-- name: MarkRead :exec
-- All steps until an instant of some orders, of all orders that are seen when none is named.
INSERT INTO supervision_reads (user_id, order_id, number)
SELECT sqlc.arg(reader), s.order_id, s.number
FROM supervision_steps s JOIN supervision_orders o ON o.id = s.order_id
WHERE (cardinality(sqlc.arg(order_ids)::uuid[]) = 0 OR s.order_id = ANY(sqlc.arg(order_ids)::uuid[]))
  AND s.occurred_at <= sqlc.arg(until)::timestamptz
ON CONFLICT DO NOTHING;
