-- +goose Up
CREATE TABLE dead_letters (
    consumer   text        NOT NULL,
    event_id   text        NOT NULL,
    event_type text        NOT NULL,
    subject    text        NOT NULL,
    sequence   bigint      NOT NULL,
    payload    bytea       NOT NULL,
    cause      text        NOT NULL,
    buried_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);

-- +goose Down
DROP TABLE dead_letters;
