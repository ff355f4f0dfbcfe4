-- +goose Up
-- The user who is responsible for a child; who it was before is in the audit trail.
ALTER TABLE entries ADD COLUMN responsible_id uuid;
CREATE INDEX entries_by_responsible ON entries (responsible_id, id) WHERE responsible_id IS NOT NULL;

-- +goose Down
ALTER TABLE entries DROP COLUMN responsible_id;
