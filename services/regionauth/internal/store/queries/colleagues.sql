-- name: EnabledUsers :many
SELECT * FROM users WHERE region_code = $1 AND disabled_at IS NULL ORDER BY display_name, id;
