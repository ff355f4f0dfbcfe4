-- +goose Up
-- The bulletins (通报): drafted, signed, issued with a number. What is issued never changes; a
-- later version of a month says what it changes and why.
CREATE TABLE bulletins (
    month        text        NOT NULL CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    version      integer     NOT NULL CHECK (version >= 1),
    state        text        NOT NULL CHECK (state IN ('DRAFT', 'SIGNED', 'ISSUED')),
    snapshot     bigint      NOT NULL REFERENCES snapshots,
    -- 下阶段工作要求, a paragraph each.
    requirements text[]      NOT NULL CHECK (cardinality(requirements) > 0),
    change_note  text        NOT NULL CHECK (version = 1 OR change_note <> ''),
    drafter      text        NOT NULL,
    drafted_at   timestamptz NOT NULL,
    signer       text        NOT NULL DEFAULT '',
    signed_at    timestamptz,
    issuer       text        NOT NULL DEFAULT '',
    issued_at    timestamptz,
    -- The number within the year of issue: 〔2019〕3 号.
    issue_year   integer,
    issue_number integer,
    -- As it went out, and its SHA-256.
    page         bytea,
    digest       text        NOT NULL DEFAULT '',
    PRIMARY KEY (month, version),
    UNIQUE (issue_year, issue_number),
    CHECK ((state = 'DRAFT') = (signed_at IS NULL)),
    CHECK ((state = 'ISSUED') = (issued_at IS NOT NULL AND page IS NOT NULL AND issue_number IS NOT NULL))
);
-- One version of a month is worked on at a time.
CREATE UNIQUE INDEX bulletins_open ON bulletins (month) WHERE state <> 'ISSUED';

-- +goose StatementBegin
CREATE FUNCTION refuse_change_of_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.state = 'ISSUED' THEN
        RAISE EXCEPTION 'an issued bulletin is never changed, and none is deleted' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER bulletins_are_final BEFORE UPDATE OR DELETE ON bulletins FOR EACH ROW EXECUTE FUNCTION refuse_change_of_issued();
CREATE TRIGGER bulletins_stay BEFORE TRUNCATE ON bulletins FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE bulletins;
DROP FUNCTION refuse_change_of_issued;
