-- +goose Up
-- Changes of divisions by which a county became several and goes on as one of
-- them, as far as the entries have been given the candidates.
CREATE TABLE region_splits (
    change_id  uuid        PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE region_splits;
