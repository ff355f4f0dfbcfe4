-- name: ListDueWork :many
-- An empty kind selects all.
SELECT h.entry_id, h.work, h.due_on, p.county_code
FROM entry_heads h JOIN entry_places p ON p.entry_id = h.entry_id
WHERE p.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to)
  AND h.due_on <> '' AND h.due_on >= sqlc.arg(first_day)::text AND h.due_on <= sqlc.arg(last_day)::text
  AND (sqlc.arg(kind)::text = '' OR h.due_kind = sqlc.arg(kind)::text)
  AND (h.due_on, h.entry_id) > (sqlc.arg(after_day)::text, sqlc.arg(after_entry)::uuid)
ORDER BY h.due_on, h.entry_id LIMIT sqlc.arg(most);

-- name: ListOpenDuties :many
SELECT h.entry_id, h.work_version, h.duty, h.duty_due, p.county_code
FROM entry_heads h JOIN entry_places p ON p.entry_id = h.entry_id
WHERE p.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to) AND h.duty_due <> ''
  AND (h.duty_due, h.entry_id) > (sqlc.arg(after_day)::text, sqlc.arg(after_entry)::uuid)
ORDER BY h.duty_due, h.entry_id LIMIT sqlc.arg(most);

-- name: GetPlace :one
SELECT * FROM entry_places WHERE entry_id = $1 AND county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to);

-- name: InsertDutyCompletion :exec
INSERT INTO duty_completions (id, entry_id, duty, record_number_sealed, county_code, author_id, author, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: LastDutyCompletion :one
SELECT * FROM duty_completions WHERE entry_id = $1 ORDER BY id DESC LIMIT 1;

-- name: InsertFollowUp :exec
INSERT INTO follow_ups (id, entry_id, number, check_date, in_class, note_sealed, county_code, author_id, author, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: ListFollowUps :many
SELECT * FROM follow_ups WHERE entry_id = $1 ORDER BY id;

-- name: InsertTags :exec
INSERT INTO entry_tags (id, entry_id, tags, author_id, author, occurred_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: ListTags :many
SELECT tags, author, occurred_at FROM entry_tags WHERE entry_id = $1 ORDER BY id DESC;

-- name: NextTagsVersion :one
UPDATE entry_heads SET tags_version = tags_version + 1 WHERE entry_id = $1 RETURNING tags_version;

-- name: ListUntoldTags :many
SELECT DISTINCT t.entry_id, p.county_code
FROM entry_tags t JOIN entry_heads h ON h.entry_id = t.entry_id JOIN entry_places p ON p.entry_id = t.entry_id
WHERE h.tags_version = 0;

-- name: InsertStatusReport :exec
INSERT INTO status_reports (id, entry_id, in_class, school_sealed, school_region, author_id, author, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: ListStatusReports :many
SELECT * FROM status_reports WHERE entry_id = $1 ORDER BY id DESC LIMIT 20;

-- name: ListProposals :many
-- The newest report of an entry that came after its newest finding and says otherwise.
SELECT r.entry_id, r.occurred_at, p.county_code, coalesce(h.work ->> 'code', '')::text AS code
FROM status_reports r JOIN entry_places p ON p.entry_id = r.entry_id JOIN entry_heads h ON h.entry_id = r.entry_id
WHERE p.county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to) AND r.entry_id > sqlc.arg(after_entry)::uuid
  AND r.in_class AND r.occurred_at > h.occurred_at AND NOT coalesce(h.work ->> 'code', '') = ANY(sqlc.arg(in_class_codes)::text[])
  AND NOT EXISTS (SELECT FROM status_reports later WHERE later.entry_id = r.entry_id AND later.id > r.id)
ORDER BY r.entry_id LIMIT sqlc.arg(most);
