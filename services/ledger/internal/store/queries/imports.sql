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
ANALYZE import_staging, import_regions;

-- name: MergeTime :one
-- After the transaction has its id, which the month-end's barrier depends on.
SELECT clock_timestamp()::timestamptz FROM (SELECT pg_current_xact_id()) AS assigned;

-- name: MergeEntries :one
-- Known children get the new description if it differs; new ones are created and
-- routed. Of several rows of one child the first counts: ids grow with the order of
-- the file, row numbers begin again with each sheet.
WITH rows AS (
    SELECT DISTINCT ON (s.identity_key) s.*, r.county_code, r.reason, r.flag, r.candidates
    FROM import_staging s
    JOIN import_regions r ON r.import_id = s.import_id AND r.region_code = s.region_code
    WHERE s.import_id = sqlc.arg(import_id)
    ORDER BY s.identity_key, s.entry_id
), merged AS (
    INSERT INTO entries AS e (id, identity_key, content_digest, serial_number, person_name, birth_date, id_number_sealed,
        household_place, home_address_sealed, in_school, national_student_number_sealed, provincial_school,
        provincial_student_number, provincial_student_status, region_code, source, guardian_sealed, phone_sealed,
        extra_columns_sealed, flags, county_code, routing_reason, suggestions, import_id, created_at, updated_at)
    SELECT entry_id, identity_key, content_digest, serial_number, person_name, birth_date, id_number_sealed,
        household_place, home_address_sealed, in_school, national_student_number_sealed, provincial_school,
        provincial_student_number, provincial_student_status, region_code, source, guardian_sealed, phone_sealed,
        extra_columns_sealed, CASE flag WHEN '' THEN flags ELSE flags || flag END, county_code, reason,
        -- What the child's own data suggest, then what the region code leads to, each county once.
        CASE county_code WHEN '' THEN suggestions || coalesce((SELECT jsonb_agg(c) FROM jsonb_array_elements(candidates) c
            WHERE NOT suggestions @> jsonb_build_array(jsonb_build_object('county_code', c -> 'county_code'))), '[]') ELSE '[]' END,
        import_id, sqlc.arg(at)::timestamptz, sqlc.arg(at)::timestamptz
    FROM rows
    ORDER BY entry_id
    ON CONFLICT (identity_key) DO UPDATE SET
        content_digest = excluded.content_digest, serial_number = excluded.serial_number,
        birth_date = excluded.birth_date, household_place = excluded.household_place,
        home_address_sealed = excluded.home_address_sealed, in_school = excluded.in_school,
        national_student_number_sealed = excluded.national_student_number_sealed,
        provincial_school = excluded.provincial_school,
        provincial_student_number = excluded.provincial_student_number,
        provincial_student_status = excluded.provincial_student_status,
        guardian_sealed = excluded.guardian_sealed, phone_sealed = excluded.phone_sealed, extra_columns_sealed = excluded.extra_columns_sealed,
        flags = excluded.flags, import_id = excluded.import_id, updated_at = excluded.updated_at
    WHERE e.content_digest <> excluded.content_digest
    RETURNING e.id, e.created_at = e.updated_at AS created, e.county_code, e.source, e.routing_reason
), routed AS (
    INSERT INTO entry_routings (entry_id, version, county_code, source, reason, actor, occurred_at)
    SELECT id, 1, county_code, source, routing_reason, sqlc.arg(actor)::text, sqlc.arg(at)::timestamptz
    FROM merged WHERE created
)
SELECT count(*) FILTER (WHERE created)::int AS created, count(*) FILTER (WHERE NOT created)::int AS updated FROM merged;

-- name: IndexEntries :exec
-- Number and name make the entry what it is: they are indexed once.
INSERT INTO entry_search (entry_id, id_number_index, last_four_index, name_bigrams)
SELECT s.entry_id, s.id_number_index, s.last_four_index, s.name_bigrams
FROM import_staging s JOIN entries e ON e.id = s.entry_id
WHERE s.import_id = $1;

-- name: CreatedEntries :many
SELECT r.entry_id, r.county_code, r.source FROM entry_routings r
JOIN import_staging s ON s.entry_id = r.entry_id
WHERE s.import_id = sqlc.arg(import_id) AND r.version = 1 AND r.entry_id > sqlc.arg(after)
ORDER BY r.entry_id LIMIT sqlc.arg(most);

-- name: InsertIssues :exec
INSERT INTO import_issues (import_id, sheet, row_number, entry_id, flags)
SELECT s.import_id, s.sheet, s.row_number, e.id, CASE r.flag WHEN '' THEN s.flags ELSE s.flags || r.flag END
FROM import_staging s
JOIN import_regions r ON r.import_id = s.import_id AND r.region_code = s.region_code
JOIN entries e ON e.identity_key = s.identity_key
WHERE s.import_id = $1 AND (s.flags <> '{}' OR r.flag <> '');

-- name: FinishImport :exec
UPDATE imports i SET state = 'SUCCEEDED', ended_at = now(),
    rows_read = c.rows, rows_stored = c.rows, rows_unmatched = c.unmatched,
    rows_flagged = (SELECT count(*) FROM import_issues WHERE import_id = i.id),
    rows_created = sqlc.arg(created), rows_updated = sqlc.arg(updated)
FROM (SELECT count(*) AS rows, count(*) FILTER (WHERE e.county_code = '') AS unmatched
      FROM import_staging s JOIN entries e ON e.identity_key = s.identity_key WHERE s.import_id = sqlc.arg(import_id)) c
WHERE i.id = sqlc.arg(import_id) AND i.state = 'RUNNING';

-- name: ListIssues :many
SELECT * FROM import_issues
WHERE import_id = $1 AND (row_number, sheet) > (sqlc.arg(after_row)::int, sqlc.arg(after_sheet)::text)
ORDER BY row_number, sheet LIMIT sqlc.arg(most);

-- name: StageRows :copyfrom
INSERT INTO import_staging (import_id, entry_id, sheet, row_number, identity_key, content_digest, serial_number,
    person_name, birth_date, id_number_sealed, household_place, home_address_sealed, in_school,
    national_student_number_sealed, provincial_school, provincial_student_number, provincial_student_status, region_code,
    source, guardian_sealed, phone_sealed, extra_columns_sealed, flags, id_number_index, last_four_index, name_bigrams, suggestions)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27);

-- name: InsertRegions :copyfrom
INSERT INTO import_regions (import_id, region_code, county_code, reason, flag, candidates)
VALUES ($1, $2, $3, $4, $5, $6);
