-- name: CreateImport :one
INSERT INTO imports (id, filename, state, actor) VALUES ($1, $2, 'RUNNING', $3) RETURNING *;

-- name: GetImport :one
SELECT * FROM imports WHERE id = $1;

-- name: ListImports :many
SELECT * FROM imports WHERE id < sqlc.arg(before) ORDER BY id DESC LIMIT sqlc.arg(most);

-- name: SetProgress :one
-- Of an import that has ended nothing is told any more.
UPDATE imports SET rows_read = $2, rows_stored = $3, rows_flagged = $4 WHERE id = $1 AND state = 'RUNNING' RETURNING cancel_requested;

-- name: RequestCancel :one
UPDATE imports SET cancel_requested = true WHERE id = $1 AND state = 'RUNNING' RETURNING *;

-- name: CancelRequested :one
-- The row is locked: from here on the merge wins, a later request comes too late.
SELECT cancel_requested FROM imports WHERE id = $1 FOR UPDATE;

-- name: FailImport :execrows
UPDATE imports SET state = CASE sqlc.arg(error_reason)::text WHEN 'IMPORT_CANCELLED' THEN 'CANCELLED' ELSE 'FAILED' END,
    error_reason = sqlc.arg(error_reason), error_message = $2, rows_stored = 0, rows_flagged = 0, ended_at = now()
WHERE id = $1 AND state = 'RUNNING';

-- name: FailInterrupted :execrows
-- An import whose process died has stored nothing, because the merge is one
-- transaction. A living one's session holds the lock, so that only a dead one's
-- is free to be taken here.
UPDATE imports SET state = 'FAILED', error_reason = 'FILE_INTERRUPTED',
    error_message = '导入被中断，未写入任何数据，请重新上传同一文件', rows_stored = 0, rows_flagged = 0, ended_at = now()
WHERE id = $1 AND state = 'RUNNING' AND pg_try_advisory_xact_lock(7312, hashtext(id::text));

-- name: HoldImport :exec
SELECT pg_advisory_lock(7312, hashtext(sqlc.arg(id)::text));

-- name: RunningImports :many
SELECT id FROM imports WHERE state = 'RUNNING';

-- name: DropUpdates :exec
DELETE FROM import_updates WHERE import_id = $1;

-- name: DropIndexed :exec
-- What was indexed of children that never came into the ledger.
DELETE FROM entry_search s USING import_members m
WHERE m.import_id = $1 AND s.entry_id = m.entry_id AND NOT EXISTS (SELECT FROM entries e WHERE e.id = m.entry_id);

-- name: DropMembers :exec
DELETE FROM import_members WHERE import_id = $1;

-- name: DropIssues :exec
DELETE FROM import_issues WHERE import_id = $1;

-- name: LockMerge :exec
-- One merge at a time: two imports that hold the same children wait here instead
-- of dead-locking on them.
SELECT pg_advisory_xact_lock(7311);

-- name: MergeTime :one
-- After the transaction has its id, which the month-end's barrier depends on.
SELECT clock_timestamp()::timestamptz FROM (SELECT pg_current_xact_id()) AS assigned;

-- name: KnownChildren :many
-- Those that the ledger has already.
SELECT identity_key, id, county_code, content_digest, flags FROM entries WHERE identity_key = ANY (sqlc.arg(keys)::bytea[]);

-- name: CreateEntries :exec
-- New children are created and routed, and get their deadline. Flags come as one text for
-- each child: an array of arrays is taken apart into all its elements.
INSERT INTO entries (id, identity_key, content_digest, serial_number, person_name, birth_date, id_number_sealed,
    household_place, home_address_sealed, in_school, national_student_number_sealed, provincial_school,
    provincial_student_number, provincial_student_status, region_code, source, guardian_sealed, phone_sealed,
    extra_columns_sealed, flags, county_code, routing_reason, suggestions, import_id, created_at, updated_at,
    due_on, due_kind, dated_version)
SELECT unnest(sqlc.arg(ids)::uuid[]), unnest(sqlc.arg(identity_keys)::bytea[]), unnest(sqlc.arg(content_digests)::bytea[]),
    unnest(sqlc.arg(serial_numbers)::text[]), unnest(sqlc.arg(person_names)::text[]), unnest(sqlc.arg(birth_dates)::text[]),
    unnest(sqlc.arg(id_numbers_sealed)::bytea[]), unnest(sqlc.arg(household_places)::text[]),
    unnest(sqlc.arg(home_addresses_sealed)::bytea[]), unnest(sqlc.arg(in_schools)::text[]),
    unnest(sqlc.arg(national_student_numbers_sealed)::bytea[]), unnest(sqlc.arg(provincial_schools)::text[]),
    unnest(sqlc.arg(provincial_student_numbers)::text[]), unnest(sqlc.arg(provincial_student_statuses)::text[]),
    unnest(sqlc.arg(region_codes)::text[]), unnest(sqlc.arg(sources)::smallint[]), unnest(sqlc.arg(guardians_sealed)::bytea[]),
    unnest(sqlc.arg(phones_sealed)::bytea[]), unnest(sqlc.arg(extra_columns_sealed)::bytea[]),
    unnest(sqlc.arg(flags)::text[])::text[], unnest(sqlc.arg(county_codes)::text[]), unnest(sqlc.arg(routing_reasons)::text[]),
    unnest(sqlc.arg(suggestions)::text[])::jsonb, sqlc.arg(import_id)::uuid, sqlc.arg(at)::timestamptz, sqlc.arg(at)::timestamptz,
    sqlc.arg(due_on)::date, 'PENDING', 1;

-- name: CreateRoutings :exec
INSERT INTO entry_routings (entry_id, version, county_code, source, reason, actor, occurred_at)
SELECT unnest(sqlc.arg(ids)::uuid[]), 1, unnest(sqlc.arg(county_codes)::text[]), unnest(sqlc.arg(sources)::smallint[]),
    unnest(sqlc.arg(reasons)::text[]), sqlc.arg(actor)::text, sqlc.arg(at)::timestamptz;

-- name: KeepUpdates :copyfrom
INSERT INTO import_updates (import_id, entry_id, content_digest, serial_number, birth_date, household_place, home_address_sealed,
    in_school, national_student_number_sealed, provincial_school, provincial_student_number, provincial_student_status,
    guardian_sealed, phone_sealed, extra_columns_sealed, flags)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: AnalyzeUpdates :exec
-- The rows came a moment ago: without this the planner believes that there are none.
ANALYZE import_updates (import_id, entry_id);

-- name: Doubled :one
-- Whether at least half of the entries that there are now have been created just now.
SELECT (coalesce(sum(t.entries), 0) <= 2 * sqlc.arg(created)::bigint)::boolean AS doubled FROM entry_tallies t;

-- name: AnalyzeEntries :exec
-- Sessions keep the plans that they made while the planner believed the ledger to be small, and read every entry in
-- scope to find one. They make them again when this is committed; PostgreSQL would see to it a minute later.
ANALYZE entries, entry_routings, entry_search;

-- name: UpdateEntries :execrows
-- Known children get the new description. They are locked in the order in which findings are
-- projected, too.
WITH locked AS (
    SELECT e.id FROM entries e JOIN import_updates s ON s.entry_id = e.id WHERE s.import_id = sqlc.arg(import_id)
    ORDER BY e.id FOR UPDATE OF e
)
UPDATE entries e SET
    content_digest = s.content_digest, serial_number = s.serial_number,
    birth_date = s.birth_date, household_place = s.household_place,
    home_address_sealed = s.home_address_sealed, in_school = s.in_school,
    national_student_number_sealed = s.national_student_number_sealed,
    provincial_school = s.provincial_school, provincial_student_number = s.provincial_student_number,
    provincial_student_status = s.provincial_student_status,
    guardian_sealed = s.guardian_sealed, phone_sealed = s.phone_sealed, extra_columns_sealed = s.extra_columns_sealed,
    flags = s.flags, import_id = s.import_id, updated_at = sqlc.arg(at)::timestamptz
FROM import_updates s JOIN locked l ON l.id = s.entry_id
WHERE s.import_id = sqlc.arg(import_id) AND e.id = s.entry_id;

-- name: IndexEntries :copyfrom
-- Number and name make the entry what it is: they are indexed once.
INSERT INTO entry_search (entry_id, id_number_index, last_four_index, name_bigrams, name_key, county_code)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: TidyNameIndex :exec
-- What was added to it in one piece is sorted in now, not by the next who searches.
SELECT gin_clean_pending_list('entry_search_by_name');

-- name: InsertMembers :exec
INSERT INTO import_members (import_id, entry_id, field_digests)
SELECT sqlc.arg(import_id)::uuid, unnest(sqlc.arg(entry_ids)::uuid[]), unnest(sqlc.arg(field_digests)::bytea[]);

-- name: InsertIssues :copyfrom
INSERT INTO import_issues (import_id, sheet, row_number, entry_id, flags) VALUES ($1, $2, $3, $4, $5);

-- name: FinishImport :one
-- Where a known child is now counts as unmatched or not, not where its row leads.
UPDATE imports SET state = 'SUCCEEDED', ended_at = clock_timestamp(),
    rows_read = sqlc.arg(stored), rows_stored = sqlc.arg(stored), rows_unmatched = sqlc.arg(unmatched), rows_flagged = sqlc.arg(flagged),
    rows_created = sqlc.arg(created), rows_updated = sqlc.arg(updated)
WHERE id = sqlc.arg(import_id) AND state = 'RUNNING' RETURNING *;

-- name: ListIssues :many
SELECT * FROM import_issues
WHERE import_id = $1 AND (row_number, sheet) > (sqlc.arg(after_row)::int, sqlc.arg(after_sheet)::text)
    AND (sqlc.arg(flag)::text = '' OR sqlc.arg(flag)::text = ANY (flags))
    AND (sqlc.arg(sheet)::text = '' OR sheet = sqlc.arg(sheet)::text)
ORDER BY row_number, sheet LIMIT sqlc.arg(most);

-- name: KeepPiece :exec
INSERT INTO import_files (import_id, piece, sealed) VALUES ($1, $2, $3);

-- name: GetPiece :one
SELECT sealed FROM import_files WHERE import_id = $1 AND piece = $2;

-- name: DropFile :exec
DELETE FROM import_files WHERE import_id = $1;

-- name: DropOldFiles :exec
-- Those of before, and all but the newest.
DELETE FROM import_files WHERE import_id IN (
    SELECT id FROM imports WHERE created_at < sqlc.arg(before)::timestamptz
    UNION ALL (SELECT id FROM imports ORDER BY id DESC OFFSET sqlc.arg(most)));

-- name: CompareCounts :one
SELECT count(*) FILTER (WHERE b.entry_id IS NULL)::int AS new,
    count(*) FILTER (WHERE l.field_digests = b.field_digests)::int AS continuing,
    count(*) FILTER (WHERE l.field_digests <> b.field_digests)::int AS changed,
    count(*) FILTER (WHERE l.entry_id IS NULL)::int AS vanished
FROM (SELECT * FROM import_members m WHERE m.import_id = sqlc.arg(later)) l
FULL JOIN (SELECT * FROM import_members m WHERE m.import_id = sqlc.arg(base)) b ON b.entry_id = l.entry_id;

-- name: CompareChildren :many
-- kind: 1 new, 2 continuing, 3 changed, 4 vanished.
SELECT c.entry_id::uuid AS entry_id, c.later_digests::bytea AS later_digests, c.base_digests::bytea AS base_digests, e.person_name, e.county_code, e.code
FROM (
    SELECT coalesce(l.entry_id, b.entry_id) AS entry_id, coalesce(l.field_digests, '') AS later_digests, coalesce(b.field_digests, '') AS base_digests,
        CASE WHEN b.entry_id IS NULL THEN 1 WHEN l.entry_id IS NULL THEN 4 WHEN l.field_digests = b.field_digests THEN 2 ELSE 3 END AS kind
    FROM (SELECT * FROM import_members m WHERE m.import_id = sqlc.arg(later)) l
    FULL JOIN (SELECT * FROM import_members m WHERE m.import_id = sqlc.arg(base)) b ON b.entry_id = l.entry_id
) c JOIN entries e ON e.id = c.entry_id
WHERE c.kind = sqlc.arg(kind)::int AND c.entry_id > sqlc.arg(after)::uuid
ORDER BY c.entry_id LIMIT sqlc.arg(most);
