-- name: WithoutNameOrder :many
SELECT s.entry_id, e.person_name FROM entry_search s JOIN entries e ON e.id = s.entry_id
WHERE s.name_key = '' ORDER BY s.entry_id LIMIT sqlc.arg(most) FOR UPDATE OF s SKIP LOCKED;

-- name: SetNameOrder :exec
UPDATE entry_search s SET name_key = k.name_key
FROM (SELECT unnest(sqlc.arg(entry_ids)::uuid[]) AS entry_id, unnest(sqlc.arg(name_keys)::bytea[]) AS name_key) k
WHERE s.entry_id = k.entry_id;

-- name: TalliedCounties :many
SELECT DISTINCT county_code FROM entry_tallies
WHERE county_code BETWEEN sqlc.arg(county_from) AND sqlc.arg(county_to);
