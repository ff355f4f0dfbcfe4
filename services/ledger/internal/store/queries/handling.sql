-- name: GetHandling :many
-- Each id within the scope of the one who asks for it; the place says who that is. An empty scope
-- is nobody's, and not the queue's, whose code is empty, too.
SELECT asked.place::integer AS place, e.id, e.county_code, e.birth_date,
    (e.national_student_number_sealed <> '' OR e.provincial_student_number <> '')::boolean AS has_student_number
FROM (SELECT unnest(sqlc.arg(places)::integer[]) AS place, unnest(sqlc.arg(ids)::uuid[]) AS id,
        unnest(sqlc.arg(scopes_from)::text[]) AS scope_from, unnest(sqlc.arg(scopes_to)::text[]) AS scope_to) asked
JOIN entries e ON e.id = asked.id AND e.county_code BETWEEN asked.scope_from AND asked.scope_to AND asked.scope_to <> '';
