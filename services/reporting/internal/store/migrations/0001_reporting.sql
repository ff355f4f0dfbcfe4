-- +goose Up
-- The facts, as the events tell them. Their keys make a repeated event harmless,
-- and nothing depends on the order in which they come. All of it can be dropped
-- and rebuilt from the stream.
CREATE TABLE entry_routings (
    entry_id    uuid        NOT NULL,
    version     bigint      NOT NULL CHECK (version >= 1),
    county_code text        NOT NULL,
    source      smallint    NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (entry_id, version)
);
CREATE TABLE entry_outcomes (
    entry_id    uuid        NOT NULL,
    revision    bigint      NOT NULL CHECK (revision >= 1),
    code        text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (entry_id, revision)
);

CREATE TABLE snapshots (
    number          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    month           text        NOT NULL CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    state           text        NOT NULL CHECK (state IN ('INTERIM', 'CLOSED')),
    cutoff          timestamptz NOT NULL,
    digest          text        NOT NULL,
    stream_sequence bigint      NOT NULL,
    author          text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now()
);
-- A month is closed once.
CREATE UNIQUE INDEX snapshots_closed ON snapshots (month) WHERE state = 'CLOSED';
CREATE INDEX snapshots_by_month ON snapshots (month, number DESC);

CREATE TABLE snapshot_rows (
    number       bigint   NOT NULL REFERENCES snapshots,
    position     integer  NOT NULL,
    region_code  text     NOT NULL,
    region_name  text     NOT NULL,
    region_level text     NOT NULL,
    parent_code  text     NOT NULL,
    -- -1: all sources
    source       smallint NOT NULL CHECK (source BETWEEN -1 AND 3),
    total        bigint   NOT NULL,
    pending      bigint   NOT NULL,
    unconfirmed  bigint   NOT NULL,
    by_code      jsonb    NOT NULL,
    a_total      bigint   NOT NULL,
    b_total      bigint   NOT NULL,
    added        bigint   NOT NULL,
    changed      bigint   NOT NULL,
    ever_a       bigint   NOT NULL,
    returned     bigint   NOT NULL,
    rank         integer  NOT NULL,
    PRIMARY KEY (number, position),
    UNIQUE (number, region_code, source),
    -- DOMAIN §4: A + B + 99 + 未处理 = 台账总数.
    CHECK (total = pending + unconfirmed + a_total + b_total),
    CHECK (least(total, pending, unconfirmed, a_total, b_total, added, changed, ever_a, returned) >= 0),
    CHECK (returned <= ever_a AND ever_a <= total)
);

-- A signed figure never changes.
-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed nor deleted', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER snapshots_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON snapshots
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshot_rows_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON snapshot_rows
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE snapshot_rows, snapshots, entry_outcomes, entry_routings;
DROP FUNCTION refuse_change;
