-- +goose Up
-- Data keys, wrapped by a master key that is not in the database.
CREATE TABLE data_keys (
    number     integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    algorithm  text        NOT NULL,
    -- Which key of the key file wraps it.
    master_key text        NOT NULL,
    wrapped    bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE data_keys;
