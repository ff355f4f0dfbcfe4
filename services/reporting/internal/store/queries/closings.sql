-- name: BeginClosing :exec
INSERT INTO closings (month, step, author) VALUES ($1, $2, $3)
ON CONFLICT (month) DO UPDATE SET step = excluded.step, author = excluded.author, started_at = excluded.started_at,
    updated_at = excluded.updated_at, reason = '', message = '';

-- name: StepClosing :exec
UPDATE closings SET step = $2, reason = $3, message = $4, updated_at = clock_timestamp() WHERE month = $1;

-- name: GetClosing :one
SELECT * FROM closings WHERE month = $1;
