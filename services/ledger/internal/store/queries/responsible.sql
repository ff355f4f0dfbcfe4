-- name: LockPersonShared :exec
-- Whoever makes a person responsible holds this until it is done, and whoever hands
-- over what the person has waits for it: nothing is given to somebody who is just
-- being disabled, and stays.
SELECT pg_advisory_xact_lock_shared(7317, hashtext(sqlc.arg(user_id)::text));

-- name: LockPerson :exec
SELECT pg_advisory_xact_lock(7317, hashtext(sqlc.arg(user_id)::text));

-- name: LockQueued :many
-- Sorted, so that two who assign the same entries never wait for each other in a
-- circle.
SELECT id, county_code FROM entries
WHERE id = ANY (sqlc.arg(entry_ids)::uuid[]) AND county_code BETWEEN sqlc.arg(scope_from) AND sqlc.arg(scope_to)
ORDER BY id FOR UPDATE;

-- name: SetResponsible :execrows
UPDATE entries SET responsible_id = sqlc.narg(user_id), updated_at = clock_timestamp()
WHERE id = ANY (sqlc.arg(entry_ids)::uuid[]) AND responsible_id IS DISTINCT FROM sqlc.narg(user_id);

-- name: HandOver :execrows
UPDATE entries SET responsible_id = sqlc.narg(to_user), updated_at = clock_timestamp()
WHERE responsible_id = sqlc.arg(from_user)::uuid;
