-- +goose Up
-- What a clerk writes about a family, its telephone and the student number (which holds
-- the document number) are sealed (pkg/seal) under a key outside the database.
-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM entry_heads) THEN
        RAISE EXCEPTION 'this database holds children''s data in the clear, from before the first release: start with an empty one';
    END IF;
END $$;
-- +goose StatementEnd
ALTER TABLE findings
    DROP COLUMN explanation, DROP COLUMN current_situation, DROP COLUMN family_situation, DROP COLUMN parent_contact,
    DROP COLUMN national_student_number,
    ADD COLUMN explanation_sealed             bytea NOT NULL,
    ADD COLUMN current_situation_sealed       bytea NOT NULL,
    ADD COLUMN family_situation_sealed        bytea NOT NULL,
    ADD COLUMN parent_contact_sealed          bytea NOT NULL,
    ADD COLUMN national_student_number_sealed bytea NOT NULL;

-- +goose Down
ALTER TABLE findings
    DROP COLUMN explanation_sealed, DROP COLUMN current_situation_sealed, DROP COLUMN family_situation_sealed,
    DROP COLUMN parent_contact_sealed, DROP COLUMN national_student_number_sealed,
    ADD COLUMN explanation text NOT NULL DEFAULT '', ADD COLUMN current_situation text NOT NULL DEFAULT '',
    ADD COLUMN family_situation text NOT NULL DEFAULT '', ADD COLUMN parent_contact text NOT NULL DEFAULT '',
    ADD COLUMN national_student_number text NOT NULL DEFAULT '';
