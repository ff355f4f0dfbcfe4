-- name: InsertVisit :one
INSERT INTO visits (id, entry_id, number, corrects_id, visit_date, next_date, method, result, persuaders_sealed,
    contact_sealed, child_situation_sealed, family_situation_sealed, support_sealed, county_code, author_id, author, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
RETURNING *;

-- name: ListVisits :many
SELECT * FROM visits WHERE entry_id = $1 ORDER BY id;

-- name: LastVisitNumber :one
SELECT coalesce(max(number), 0)::integer FROM visits WHERE entry_id = $1;

-- name: GetVisit :one
SELECT * FROM visits WHERE entry_id = $1 AND id = $2;
