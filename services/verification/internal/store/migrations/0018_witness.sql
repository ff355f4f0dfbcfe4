-- +goose Up
-- Who gave their word, often with a telephone, is sealed like what clerks write.
-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM entry_heads WHERE revision > 0) THEN
        RAISE EXCEPTION 'this database holds witnesses in the clear, from before the first release: start with an empty one';
    END IF;
END $$;
-- +goose StatementEnd
ALTER TABLE findings DROP COLUMN witness, ADD COLUMN witness_sealed bytea NOT NULL CHECK (witness_sealed <> '');

-- +goose Down
ALTER TABLE findings DROP COLUMN witness_sealed, ADD COLUMN witness text NOT NULL DEFAULT '';
