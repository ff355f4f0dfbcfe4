-- +goose Up
-- A file may be of a step of the law, too: its document.
ALTER TABLE evidence
    ADD COLUMN legal_step_id uuid REFERENCES legal_steps,
    DROP CONSTRAINT evidence_check,
    ADD CHECK (num_nonnulls(nullif(revision, 0), visit_id, legal_step_id) = 1);

-- +goose Down
ALTER TABLE evidence DROP COLUMN legal_step_id, ADD CHECK ((revision = 0) = (visit_id IS NOT NULL));
