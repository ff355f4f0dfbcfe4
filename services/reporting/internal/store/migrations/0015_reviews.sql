-- +goose Up
-- What reviews came to up to the cut-off, as verification counted it at the close: no event tells it.
CREATE TABLE snapshot_reviews (
    number      bigint NOT NULL REFERENCES snapshots,
    -- GB/T 2260; empty for the province's own queue.
    county_code text   NOT NULL,
    code        text   NOT NULL CHECK (left(code, 1) = 'B'),
    decided     bigint NOT NULL CHECK (decided > 0),
    overturned  bigint NOT NULL CHECK (overturned BETWEEN 0 AND decided),
    PRIMARY KEY (number, county_code, code)
);
CREATE TRIGGER snapshot_reviews_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON snapshot_reviews
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshot_reviews_come_at_once AFTER INSERT ON snapshot_reviews
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_later_rows();

-- +goose Down
DROP TABLE snapshot_reviews;
