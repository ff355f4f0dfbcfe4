-- name: ListCodes :many
SELECT * FROM finding_codes ORDER BY valid_from, position;

-- name: EnsureHead :exec
INSERT INTO entry_heads (entry_id) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: LockHead :one
SELECT * FROM entry_heads WHERE entry_id = $1 FOR UPDATE;

-- name: LoadStandard :exec
INSERT INTO finding_codes (code, valid_from, name, explanation, action, position)
SELECT unnest(sqlc.arg(codes)::text[]), sqlc.arg(valid_from)::date, unnest(sqlc.arg(names)::text[]),
    unnest(sqlc.arg(explanations)::text[]), unnest(sqlc.arg(actions)::smallint[]), unnest(sqlc.arg(positions)::smallint[]);

-- name: LockHeads :many
-- Of entries that have findings, in order of id, so that two never wait for each other in a circle.
SELECT * FROM entry_heads WHERE entry_id = ANY(sqlc.arg(entry_ids)::uuid[]) ORDER BY entry_id FOR UPDATE;

-- name: HoldHeads :exec
-- Gives the transaction its id, and locks the heads that are there, in order of id, so that two
-- batches never wait for each other in a circle.
SELECT pg_current_xact_id(), (SELECT count(*) FROM (
    SELECT FROM entry_heads WHERE entry_id = ANY(sqlc.arg(entry_ids)::uuid[]) ORDER BY entry_id FOR UPDATE) held);

-- name: GetHeads :many
-- What is to be known before a finding is saved, once its head is held: the head, if there is one, and
-- what answered the request before. A head that was made since the others were held is held from now on.
-- The time is taken after the transaction has its id: the month-end's barrier depends on it. Revisions of
-- one entry never share a time, and never go back in it.
-- One look by key for each, whatever the planner believes of the tables' sizes.
SELECT asked.place::integer AS place, (h.entry_id IS NOT NULL)::boolean AS there, coalesce(h.revision, 0)::bigint AS revision,
    coalesce(h.work, '{}')::jsonb AS work, coalesce(h.digest, '')::bytea AS digest,
    greatest(clock_timestamp(), h.occurred_at + interval '1 microsecond')::timestamptz AS next_time,
    coalesce(r.digest, '')::bytea AS request_digest, coalesce(r.finding_id::text, '')::text AS answered_by
FROM (SELECT unnest(sqlc.arg(places)::integer[]) AS place, unnest(sqlc.arg(entry_ids)::uuid[]) AS entry_id,
          unnest(sqlc.arg(author_ids)::text[]) AS author_id, unnest(sqlc.arg(request_ids)::text[]) AS request_id
      ORDER BY entry_id) asked
LEFT JOIN LATERAL (SELECT * FROM entry_heads e WHERE e.entry_id = asked.entry_id LIMIT 1 FOR UPDATE) h ON true
LEFT JOIN LATERAL (SELECT * FROM finding_requests k
    WHERE k.author_id = asked.author_id AND k.request_id = asked.request_id AND asked.request_id <> '' LIMIT 1) r ON true;

-- name: SaveFindings :exec
-- Findings, their heads and the requests that asked for them, all in one statement, so that no keys
-- refer to one another. A head that was not there is made: if somebody else made it meanwhile, the whole
-- fails and is to begin anew.
WITH given AS (
    SELECT unnest(sqlc.arg(ids)::uuid[]) AS id, unnest(sqlc.arg(entry_ids)::uuid[]) AS entry_id,
        unnest(sqlc.arg(revisions)::bigint[]) AS revision, unnest(sqlc.arg(actions)::smallint[]) AS action,
        unnest(sqlc.arg(codes)::text[]) AS code, unnest(sqlc.arg(school_regions)::text[]) AS school_region,
        unnest(sqlc.arg(schools)::text[]) AS school, unnest(sqlc.arg(witnesses_sealed)::bytea[]) AS witness_sealed,
        unnest(sqlc.arg(witness_dates)::date[]) AS witness_date,
        unnest(sqlc.arg(explanations_sealed)::bytea[]) AS explanation_sealed,
        unnest(sqlc.arg(current_situations_sealed)::bytea[]) AS current_situation_sealed,
        unnest(sqlc.arg(family_situations_sealed)::bytea[]) AS family_situation_sealed,
        unnest(sqlc.arg(parent_contacts_sealed)::bytea[]) AS parent_contact_sealed,
        unnest(sqlc.arg(national_student_numbers_sealed)::bytea[]) AS national_student_number_sealed,
        unnest(sqlc.arg(county_codes)::text[]) AS county_code, unnest(sqlc.arg(author_ids)::text[]) AS author_id,
        unnest(sqlc.arg(authors)::text[]) AS author, unnest(sqlc.arg(times)::timestamptz[]) AS occurred_at,
        unnest(sqlc.arg(works)::text[])::jsonb AS work,
        unnest(sqlc.arg(standards_from)::date[]) AS standard_from, unnest(sqlc.arg(code_names)::text[]) AS code_name,
        unnest(sqlc.arg(corrects_revisions)::bigint[]) AS corrects_revision,
        unnest(sqlc.arg(correction_reasons_sealed)::bytea[]) AS correction_reason_sealed,
        unnest(sqlc.arg(digests)::bytea[]) AS digest, unnest(sqlc.arg(headed)::boolean[]) AS headed,
        unnest(sqlc.arg(request_ids)::text[]) AS request_id, unnest(sqlc.arg(request_digests)::bytea[]) AS request_digest
), saved AS (
    INSERT INTO findings (id, entry_id, revision, action, code, school_region, school, witness_sealed, witness_date, explanation_sealed,
        current_situation_sealed, family_situation_sealed, parent_contact_sealed, national_student_number_sealed, county_code,
        author_id, author, occurred_at, standard_from, code_name, corrects_revision, correction_reason_sealed, digest, algorithm)
    SELECT id, entry_id, revision, action, code, school_region, school, witness_sealed, witness_date, explanation_sealed,
        current_situation_sealed, family_situation_sealed, parent_contact_sealed, national_student_number_sealed, county_code,
        author_id, author, occurred_at, standard_from, code_name, corrects_revision, correction_reason_sealed, digest,
        sqlc.arg(algorithm)::text FROM given
), made AS (
    INSERT INTO entry_heads (entry_id, revision, occurred_at, work, digest)
    SELECT entry_id, revision, occurred_at, work, digest FROM given WHERE NOT headed
), moved AS (
    -- They are there, and locked; so each is found by its key, whatever the planner believes.
    INSERT INTO entry_heads (entry_id, revision, occurred_at, work, digest)
    SELECT entry_id, revision, occurred_at, work, digest FROM given WHERE headed
    ON CONFLICT (entry_id) DO UPDATE SET revision = excluded.revision, occurred_at = excluded.occurred_at,
        work = excluded.work, digest = excluded.digest
)
INSERT INTO finding_requests (author_id, request_id, digest, finding_id)
SELECT author_id, request_id, request_digest, id FROM given WHERE request_id <> '';

-- name: GetRequests :many
-- One look by key for each, whatever the planner believes of the table's size.
SELECT r.author_id, r.request_id, r.digest, r.finding_id
FROM (SELECT unnest(sqlc.arg(author_ids)::text[]) AS author_id, unnest(sqlc.arg(request_ids)::text[]) AS request_id) asked
CROSS JOIN LATERAL (SELECT * FROM finding_requests k WHERE k.author_id = asked.author_id AND k.request_id = asked.request_id LIMIT 1) r;

-- name: GetFindings :many
SELECT * FROM findings WHERE id = ANY(sqlc.arg(ids)::uuid[]);

-- name: ListFindings :many
SELECT * FROM findings WHERE entry_id = $1 ORDER BY revision DESC;

-- name: NewestFindings :many
-- In the order of the ids.
SELECT f.* FROM unnest(sqlc.arg(entry_ids)::uuid[]) WITH ORDINALITY AS asked (entry_id, position)
JOIN entry_heads h ON h.entry_id = asked.entry_id
JOIN findings f ON f.entry_id = h.entry_id AND f.revision = h.revision
ORDER BY asked.position;
