-- name: InsertZeroReport :execrows
INSERT INTO zero_reports (month, county_code, author_id, author) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: ListZeroReports :many
SELECT * FROM zero_reports WHERE month = $1 ORDER BY county_code;

-- name: ListCorrections :many
SELECT * FROM corrections WHERE month = $1 ORDER BY number;

-- name: ListCorrectionRows :many
SELECT * FROM correction_rows WHERE month = $1 ORDER BY number, position;

-- name: InsertCorrection :one
INSERT INTO corrections (month, number, snapshot, digest, stream_sequence, reason, author) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *;

-- name: InsertCorrectionRows :copyfrom
INSERT INTO correction_rows (month, number, position, region_code, region_name, parent_code, source, figure, before, after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);
