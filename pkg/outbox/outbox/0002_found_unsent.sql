-- +goose Up
-- The relay finds a row among the unsent, and nobody by its id alone: a second index over all
-- of them costs every event twice, when it is written and when it is sent.
ALTER TABLE outbox DROP CONSTRAINT outbox_pkey;

-- +goose Down
ALTER TABLE outbox ADD PRIMARY KEY (id);
