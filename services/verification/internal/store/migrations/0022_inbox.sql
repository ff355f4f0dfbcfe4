-- +goose Up
-- What each reader has read of the steps of supervision orders.
CREATE TABLE supervision_reads (
    user_id  text        NOT NULL,
    order_id uuid        NOT NULL,
    number   integer     NOT NULL,
    read_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, order_id, number),
    FOREIGN KEY (order_id, number) REFERENCES supervision_steps
);
ALTER TABLE supervision_reads ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY supervision_reads_of_visible_orders ON supervision_reads
    USING (EXISTS (SELECT FROM supervision_orders o WHERE o.id = order_id));
CREATE INDEX supervision_steps_by_time ON supervision_steps (occurred_at, order_id, number);

-- +goose Down
DROP INDEX supervision_steps_by_time;
DROP TABLE supervision_reads;
