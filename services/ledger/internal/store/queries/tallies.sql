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
