-- name: CreateImport :one
INSERT INTO imports (id, filename, state, actor) VALUES ($1, $2, 'RUNNING', $3) RETURNING *;

-- name: GetImport :one
SELECT * FROM imports WHERE id = $1;

-- name: ListImports :many
SELECT * FROM imports WHERE id < sqlc.arg(before) ORDER BY id DESC LIMIT sqlc.arg(most);

-- name: SetRowsRead :one
UPDATE imports SET rows_read = $2 WHERE id = $1 RETURNING cancel_requested;

-- name: RequestCancel :one
UPDATE imports SET cancel_requested = true WHERE id = $1 AND state = 'RUNNING' RETURNING *;

-- name: CancelRequested :one
-- The row is locked: from here on the merge wins, a later request comes too late.
SELECT cancel_requested FROM imports WHERE id = $1 FOR UPDATE;

-- name: FailImport :execrows
UPDATE imports SET state = CASE sqlc.arg(error_reason)::text WHEN 'IMPORT_CANCELLED' THEN 'CANCELLED' ELSE 'FAILED' END,
    error_reason = sqlc.arg(error_reason), error_message = $2, ended_at = now()
WHERE id = $1 AND state = 'RUNNING';

-- name: FailInterrupted :execrows
-- An import whose process died has stored nothing, because the merge is one
-- transaction. A living one's session holds the lock, so that only a dead one's
-- is free to be taken here.
UPDATE imports SET state = 'FAILED', error_reason = 'FILE_INTERRUPTED',
    error_message = '导入被中断，未写入任何数据，请重新上传同一文件', ended_at = now()
WHERE id = $1 AND state = 'RUNNING' AND pg_try_advisory_xact_lock(7312, hashtext(id::text));

-- name: HoldImport :exec
SELECT pg_advisory_lock(7312, hashtext(sqlc.arg(id)::text));

-- name: RunningImports :many
SELECT id FROM imports WHERE state = 'RUNNING';

-- name: DropStaging :exec
DELETE FROM import_staging WHERE import_id = $1;

-- name: DropRegions :exec
DELETE FROM import_regions WHERE import_id = $1;

-- name: DistinctRegions :many
SELECT DISTINCT region_code FROM import_staging WHERE import_id = $1 ORDER BY 1;

-- name: LockMerge :exec
-- One merge at a time: two imports that hold the same children wait here instead
-- of dead-locking on them.
SELECT pg_advisory_xact_lock(7311);

-- name: AnalyzeStaging :exec
-- The rows came a moment ago: without this the planner believes that there are
-- none, and joins them in loops.
ANALYZE import_staging (import_id, entry_id, identity_key, region_code), import_regions;

-- name: MergeTime :one
-- After the transaction has its id, which the month-end's barrier depends on.
SELECT clock_timestamp()::timestamptz FROM (SELECT pg_current_xact_id()) AS assigned;

-- name: RecognizeChildren :exec
-- One look for all children that the ledger has already. Nobody else creates any meanwhile:
-- one merge at a time.
UPDATE import_staging s SET known_id = e.id
FROM entries e
WHERE s.import_id = sqlc.arg(import_id) AND e.identity_key = s.identity_key;

-- name: UpdateEntries :execrows
-- Known children get the new description if it differs. Of several rows of one child the
-- first counts.
UPDATE entries e SET
    content_digest = s.content_digest, serial_number = s.serial_number,
    birth_date = s.birth_date, household_place = s.household_place,
    home_address_sealed = s.home_address_sealed, in_school = s.in_school,
    national_student_number_sealed = s.national_student_number_sealed,
    provincial_school = s.provincial_school, provincial_student_number = s.provincial_student_number,
    provincial_student_status = s.provincial_student_status,
    guardian_sealed = s.guardian_sealed, phone_sealed = s.phone_sealed, extra_columns_sealed = s.extra_columns_sealed,
    flags = CASE r.flag WHEN '' THEN s.flags ELSE s.flags || r.flag END,
    import_id = s.import_id, updated_at = sqlc.arg(at)::timestamptz
FROM import_staging s
JOIN import_regions r ON r.import_id = s.import_id AND r.region_code = s.region_code
WHERE s.import_id = sqlc.arg(import_id) AND e.id = s.known_id AND s.first
    AND (e.content_digest <> s.content_digest OR e.flags <> CASE r.flag WHEN '' THEN s.flags ELSE s.flags || r.flag END);

-- name: CreateEntries :execrows
-- New children are created and routed, and get their deadline.
WITH created AS (
    INSERT INTO entries (id, identity_key, content_digest, serial_number, person_name, birth_date, id_number_sealed,
        household_place, home_address_sealed, in_school, national_student_number_sealed, provincial_school,
        provincial_student_number, provincial_student_status, region_code, source, guardian_sealed, phone_sealed,
        extra_columns_sealed, flags, county_code, routing_reason, suggestions, import_id, created_at, updated_at,
        due_on, due_kind, dated_version)
    SELECT s.entry_id, s.identity_key, s.content_digest, s.serial_number, s.person_name, s.birth_date, s.id_number_sealed,
        s.household_place, s.home_address_sealed, s.in_school, s.national_student_number_sealed, s.provincial_school,
        s.provincial_student_number, s.provincial_student_status, s.region_code, s.source, s.guardian_sealed, s.phone_sealed,
        s.extra_columns_sealed, CASE r.flag WHEN '' THEN s.flags ELSE s.flags || r.flag END, r.county_code, r.reason,
        -- What the child's own data suggest, then what the region code leads to, each county once.
        CASE r.county_code WHEN '' THEN s.suggestions || coalesce((SELECT jsonb_agg(c) FROM jsonb_array_elements(r.candidates) c
            WHERE NOT s.suggestions @> jsonb_build_array(jsonb_build_object('county_code', c -> 'county_code'))), '[]') ELSE '[]' END,
        s.import_id, sqlc.arg(at)::timestamptz, sqlc.arg(at)::timestamptz, sqlc.arg(due_on)::date, 'PENDING', 1
    FROM import_staging s
    JOIN import_regions r ON r.import_id = s.import_id AND r.region_code = s.region_code
    WHERE s.import_id = sqlc.arg(import_id) AND s.known_id IS NULL AND s.first
    RETURNING id, county_code, source, routing_reason
)
INSERT INTO entry_routings (entry_id, version, county_code, source, reason, actor, occurred_at)
SELECT id, 1, county_code, source, routing_reason, sqlc.arg(actor)::text, sqlc.arg(at)::timestamptz FROM created;

-- name: IndexEntries :exec
-- Number and name make the entry what it is: they are indexed once.
INSERT INTO entry_search (entry_id, id_number_index, last_four_index, name_bigrams, name_key, county_code)
SELECT s.entry_id, s.id_number_index, s.last_four_index, s.name_bigrams, s.name_key, r.county_code
FROM import_staging s
JOIN import_regions r ON r.import_id = s.import_id AND r.region_code = s.region_code
WHERE s.import_id = sqlc.arg(import_id) AND s.known_id IS NULL AND s.first;

-- name: TidyNameIndex :exec
-- What was added to it in one piece is sorted in now, not by the next who searches.
SELECT gin_clean_pending_list('entry_search_by_name');

-- name: RecognizeAgain :exec
-- The later rows of a child are the first one's.
UPDATE import_staging a SET known_id = coalesce(f.known_id, f.entry_id)
FROM import_staging f
WHERE a.import_id = sqlc.arg(import_id) AND NOT a.first
    AND f.import_id = sqlc.arg(import_id) AND f.first AND f.identity_key = a.identity_key;

-- name: InsertMembers :exec
INSERT INTO import_members (import_id, entry_id, field_digests)
SELECT s.import_id, coalesce(s.known_id, s.entry_id), s.field_digests
FROM import_staging s
WHERE s.import_id = $1 AND s.first;

-- name: InsertSkipped :copyfrom
INSERT INTO import_issues (import_id, sheet, row_number, flags) VALUES ($1, $2, $3, $4);

-- name: InsertIssues :exec
INSERT INTO import_issues (import_id, sheet, row_number, entry_id, flags)
SELECT s.import_id, s.sheet, s.row_number, coalesce(s.known_id, s.entry_id), CASE r.flag WHEN '' THEN s.flags ELSE s.flags || r.flag END
FROM import_staging s
JOIN import_regions r ON r.import_id = s.import_id AND r.region_code = s.region_code
WHERE s.import_id = $1 AND (s.flags <> '{}' OR r.flag <> '');

-- name: FinishImport :exec
-- Where a known child is now counts, not where its row leads.
UPDATE imports i SET state = 'SUCCEEDED', ended_at = clock_timestamp(),
    rows_read = c.rows, rows_stored = c.rows, rows_unmatched = c.unmatched,
    rows_flagged = (SELECT count(entry_id) FROM import_issues WHERE import_id = i.id),
    rows_created = sqlc.arg(created), rows_updated = sqlc.arg(updated)
FROM (SELECT count(*) AS rows, count(*) FILTER (WHERE coalesce(e.county_code, r.county_code) = '') AS unmatched
      FROM import_staging s
      JOIN import_regions r ON r.import_id = s.import_id AND r.region_code = s.region_code
      LEFT JOIN entries e ON e.id = s.known_id
      WHERE s.import_id = sqlc.arg(import_id)) c
WHERE i.id = sqlc.arg(import_id) AND i.state = 'RUNNING';

-- name: ListIssues :many
SELECT * FROM import_issues
WHERE import_id = $1 AND (row_number, sheet) > (sqlc.arg(after_row)::int, sqlc.arg(after_sheet)::text)
    AND (sqlc.arg(flag)::text = '' OR sqlc.arg(flag)::text = ANY (flags))
    AND (sqlc.arg(sheet)::text = '' OR sheet = sqlc.arg(sheet)::text)
ORDER BY row_number, sheet LIMIT sqlc.arg(most);

-- name: StageRows :copyfrom
INSERT INTO import_staging (import_id, entry_id, sheet, row_number, identity_key, content_digest, serial_number,
    person_name, birth_date, id_number_sealed, household_place, home_address_sealed, in_school,
    national_student_number_sealed, provincial_school, provincial_student_number, provincial_student_status, region_code,
    source, guardian_sealed, phone_sealed, extra_columns_sealed, flags, id_number_index, last_four_index, name_bigrams, name_key, suggestions, field_digests, first)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30);

-- name: InsertRegions :copyfrom
INSERT INTO import_regions (import_id, region_code, county_code, reason, flag, candidates)
VALUES ($1, $2, $3, $4, $5, $6);

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
SELECT c.entry_id::uuid AS entry_id, c.later_digests::bytea AS later_digests, c.base_digests::bytea AS base_digests
FROM (
    SELECT coalesce(l.entry_id, b.entry_id) AS entry_id, coalesce(l.field_digests, '') AS later_digests, coalesce(b.field_digests, '') AS base_digests,
        CASE WHEN b.entry_id IS NULL THEN 1 WHEN l.entry_id IS NULL THEN 4 WHEN l.field_digests = b.field_digests THEN 2 ELSE 3 END AS kind
    FROM (SELECT * FROM import_members m WHERE m.import_id = sqlc.arg(later)) l
    FULL JOIN (SELECT * FROM import_members m WHERE m.import_id = sqlc.arg(base)) b ON b.entry_id = l.entry_id
) c
WHERE c.kind = sqlc.arg(kind)::int AND c.entry_id > sqlc.arg(after)::uuid
ORDER BY c.entry_id LIMIT sqlc.arg(most);
