-- +goose Up
-- What supervision needs to know of each finding, written with it: no text, and digests
-- keyed outside the database (pkg/seal) where texts are compared.
CREATE TABLE finding_marks (
    entry_id           uuid        NOT NULL,
    revision           bigint      NOT NULL,
    code               text        NOT NULL,
    previous_code      text        NOT NULL,
    county_code        text        NOT NULL,
    author_id          text        NOT NULL,
    -- On the day of the witness's word the child was under 16.
    under_16           boolean     NOT NULL,
    witness_digest     bytea       NOT NULL,
    -- Empty without an explanation.
    explanation_digest bytea       NOT NULL,
    occurred_at        timestamptz NOT NULL,
    PRIMARY KEY (entry_id, revision)
);
CREATE TRIGGER finding_marks_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON finding_marks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE finding_marks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY finding_marks_of_visible_entries ON finding_marks USING (entry_visible(entry_id));

CREATE TABLE review_samples (
    id         uuid        PRIMARY KEY,
    -- GB/T 2260; 330000 for the province.
    region     text        NOT NULL,
    code       text        NOT NULL,
    month      text        NOT NULL,
    size       integer     NOT NULL CHECK (size >= 1),
    seed       bigint      NOT NULL,
    population integer     NOT NULL,
    author_id  text        NOT NULL,
    author     text        NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE reviews (
    id            uuid        PRIMARY KEY,
    sample_id     uuid        NOT NULL REFERENCES review_samples,
    entry_id      uuid        NOT NULL REFERENCES entry_heads,
    state         text        NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'CONFIRMED', 'RETURNED', 'LAPSED')),
    -- Of the finding that was decided on; empty while open.
    revision      bigint      NOT NULL DEFAULT 0,
    code          text        NOT NULL DEFAULT '',
    county_code   text        NOT NULL,
    judged_code   text        NOT NULL DEFAULT '',
    reason_sealed bytea       NOT NULL DEFAULT '',
    reviewer_id   text        NOT NULL DEFAULT '',
    reviewer      text        NOT NULL DEFAULT '',
    decided_at    timestamptz,
    CHECK ((state = 'OPEN') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX reviews_open_once ON reviews (entry_id) WHERE state = 'OPEN';
CREATE INDEX reviews_by_sample ON reviews (sample_id, id);
CREATE INDEX reviews_by_entry ON reviews (entry_id, id);
ALTER TABLE reviews ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reviews_of_visible_entries ON reviews USING (entry_visible(entry_id));

-- +goose Down
DROP TABLE reviews, review_samples, finding_marks;
