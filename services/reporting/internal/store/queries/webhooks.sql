-- name: InsertWebhook :exec
INSERT INTO webhooks (id, url_sealed, secret_sealed, region_code, types, display_name, author, created_at, next_attempt_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8);

-- name: LockWebhooks :exec
SELECT pg_advisory_xact_lock(sqlc.arg(lock)::bigint);

-- name: CountWebhooks :one
SELECT count(*) FROM webhooks;

-- name: ListWebhooks :many
SELECT sqlc.embed(w), (SELECT count(*) FROM webhook_events e WHERE e.webhook_id = w.id AND e.delivered_at IS NULL) AS waiting
FROM webhooks w WHERE cardinality(sqlc.arg(ids)::uuid[]) = 0 OR w.id = ANY(sqlc.arg(ids)::uuid[]) ORDER BY w.id DESC;

-- name: LockWebhook :one
SELECT * FROM webhooks WHERE id = $1 FOR UPDATE;

-- name: SetWebhook :exec
-- Whatever came of it, nobody sends to it now.
UPDATE webhooks SET state = $2, failures = $3, failing_since = sqlc.narg(failing_since), last_error = $4, next_attempt_at = $5,
    last_success_at = sqlc.narg(last_success_at), claimed_until = NULL WHERE id = $1;

-- name: DeleteWebhook :execrows
DELETE FROM webhooks WHERE id = $1;

-- name: CountFailing :one
-- Those that were told nothing since an instant, or are suspended for it; who paused one knows.
SELECT count(*) FROM webhooks WHERE state = 'SUSPENDED' OR state = 'ACTIVE' AND failing_since <= sqlc.arg(since)::timestamptz;

-- name: ListSubscriptions :many
SELECT id, region_code, types FROM webhooks;

-- name: EnqueueEvents :exec
INSERT INTO webhook_events (webhook_id, event_id, body, occurred_at)
SELECT unnest(sqlc.arg(webhook_ids)::uuid[]), unnest(sqlc.arg(event_ids)::text[]), unnest(sqlc.arg(bodies)::text[]),
    unnest(sqlc.arg(times)::timestamptz[])
ON CONFLICT DO NOTHING;

-- name: ClaimWebhook :one
-- The one that waits longest, and that nobody else sends to.
UPDATE webhooks SET claimed_until = sqlc.arg(until)::timestamptz WHERE id = (
    SELECT w.id FROM webhooks w
    WHERE w.state = 'ACTIVE' AND w.next_attempt_at <= sqlc.arg(now)::timestamptz AND (w.claimed_until IS NULL OR w.claimed_until < sqlc.arg(now))
      AND EXISTS (SELECT FROM webhook_events e WHERE e.webhook_id = w.id AND e.delivered_at IS NULL)
    ORDER BY w.next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: UnfinishedMessage :many
-- The message that was begun and did not arrive.
SELECT message_id::uuid AS message_id, body FROM webhook_events
WHERE webhook_id = $1 AND delivered_at IS NULL AND message_id IS NOT NULL ORDER BY id;

-- name: NextMessage :many
-- Makes a message of what waits longest.
WITH next AS (SELECT n.id FROM webhook_events n WHERE n.webhook_id = sqlc.arg(webhook_id) AND n.delivered_at IS NULL ORDER BY n.id LIMIT sqlc.arg(most)),
     taken AS (UPDATE webhook_events e SET message_id = sqlc.arg(message_id)::uuid FROM next WHERE e.id = next.id RETURNING e.id, e.body)
SELECT body FROM taken ORDER BY id;

-- name: MessageArrived :exec
UPDATE webhook_events SET delivered_at = sqlc.arg(at) WHERE webhook_id = sqlc.arg(webhook_id) AND message_id = sqlc.arg(message_id)::uuid AND delivered_at IS NULL;

-- name: ForgetDelivered :exec
DELETE FROM webhook_events WHERE delivered_at < sqlc.arg(before)::timestamptz;

-- name: DropWaiting :exec
WITH dropped AS (DELETE FROM webhook_events WHERE delivered_at IS NULL AND occurred_at < sqlc.arg(before)::timestamptz RETURNING webhook_id, occurred_at)
UPDATE webhooks w SET dropped_until = d.until
FROM (SELECT webhook_id, max(occurred_at) AS until FROM dropped GROUP BY webhook_id) d WHERE w.id = d.webhook_id;
