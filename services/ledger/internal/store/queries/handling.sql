-- name: GetHandling :many
SELECT id, county_code, birth_date,
    (national_student_number_sealed <> '' OR provincial_student_number <> '')::boolean AS has_student_number
FROM entries WHERE id = ANY(sqlc.arg(ids)::uuid[]) AND county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to);
