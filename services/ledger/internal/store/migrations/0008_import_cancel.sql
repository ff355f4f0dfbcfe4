-- +goose Up
-- Somebody wants a running import to end; whoever reads the file looks at it.
ALTER TABLE imports ADD COLUMN cancel_requested boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE imports DROP COLUMN cancel_requested;
