-- name: TallySelection :one
-- What a selection has, in how many kinds; and how many entries its counties have in all.
SELECT coalesce(sum(whole), 0)::bigint AS whole, coalesce(sum(selected), 0)::bigint AS selected,
    count(*) FILTER (WHERE selected > 0) AS kinds
FROM tallied_kinds(sqlc.arg(county_from)::text, sqlc.arg(county_to)::text, sqlc.arg(statuses)::smallint[],
    sqlc.arg(or_returned)::boolean, sqlc.arg(only_code)::text, sqlc.arg(only_source)::smallint);

-- name: CountByStatus :many
SELECT status, returned, sum(entries)::bigint AS entries FROM entry_tallies
WHERE county_code BETWEEN sqlc.arg(county_from) AND sqlc.arg(county_to)
GROUP BY status, returned;

-- name: PageOfKinds :many
-- How many are selected, the first entries of each kind, each from its own place in the
-- index, and the first of all of them.
WITH kinds AS (
    SELECT k.county_code, k.code, k.entire, k.selected FROM tallied_kinds(sqlc.arg(county_from)::text, sqlc.arg(county_to)::text, sqlc.arg(statuses)::smallint[],
        sqlc.arg(or_returned)::boolean, sqlc.arg(only_code)::text, sqlc.arg(only_source)::smallint) AS k (county_code, code, entire, whole, selected)
    WHERE k.selected > 0
)
SELECT sqlc.embed(e), (SELECT coalesce(sum(selected), 0) FROM kinds)::bigint AS selected FROM (
    SELECT first.id
    FROM kinds CROSS JOIN LATERAL (
        SELECT k.id FROM entries k
        WHERE k.county_code = kinds.county_code AND k.code = kinds.code
            AND (sqlc.arg(only_source)::smallint = 0 OR k.source = sqlc.arg(only_source)::smallint) AND k.id > sqlc.arg(after)::uuid
        ORDER BY k.id LIMIT sqlc.arg(most)
    ) first
    WHERE kinds.entire
    UNION ALL
    SELECT first.id
    FROM kinds CROSS JOIN LATERAL (
        SELECT k.id FROM entries k
        WHERE k.county_code = kinds.county_code AND k.code = kinds.code AND k.returned
            AND (sqlc.arg(only_source)::smallint = 0 OR k.source = sqlc.arg(only_source)::smallint) AND k.id > sqlc.arg(after)::uuid
        ORDER BY k.id LIMIT sqlc.arg(most)
    ) first
    WHERE NOT kinds.entire
    ORDER BY 1 LIMIT sqlc.arg(most)
) page
JOIN entries e ON e.id = page.id
ORDER BY e.id;

-- name: PageInOrder :many
-- For selections of the whole province that have many of all entries: read on until the
-- page is full.
SELECT * FROM entries
WHERE id > sqlc.arg(after)::uuid
    AND (status = ANY (sqlc.arg(statuses)::smallint[]) OR sqlc.arg(or_returned)::boolean AND returned)
    AND (sqlc.arg(only_code)::text = '' OR code = sqlc.arg(only_code)::text)
    AND (sqlc.arg(only_source)::smallint = 0 OR source = sqlc.arg(only_source)::smallint)
ORDER BY id LIMIT sqlc.arg(most);

-- name: LockTallies :one
SELECT pg_try_advisory_xact_lock(7318);

-- name: AddUpTallies :execrows
WITH scattered AS (
    DELETE FROM entry_tallies t
    USING (SELECT county_code, code, status, source, returned FROM entry_tallies GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1) k
    WHERE (t.county_code, t.code, t.status, t.source, t.returned) = (k.county_code, k.code, k.status, k.source, k.returned)
    RETURNING t.*
), summed AS (
    INSERT INTO entry_tallies (county_code, code, status, source, returned, entries)
    SELECT county_code, code, status, source, returned, sum(entries) FROM scattered GROUP BY 1, 2, 3, 4, 5 HAVING sum(entries) <> 0
)
SELECT FROM scattered;
