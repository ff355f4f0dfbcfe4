-- +goose Up
ALTER TABLE entry_heads
    -- yyyy-mm-dd; empty unless a duty is open.
    ADD COLUMN duty_due text NOT NULL GENERATED ALWAYS AS (coalesce(left(work ->> 'dutyDue', 10), '')) STORED;
CREATE INDEX entry_heads_duties ON entry_heads (duty_due, entry_id) WHERE duty_due <> '';

-- A student-record duty that was closed, by the clerk or by the student-record system.
CREATE TABLE duty_completions (
    id                   uuid        PRIMARY KEY,
    entry_id             uuid        NOT NULL REFERENCES entry_heads,
    duty                 text        NOT NULL CHECK (duty IN ('CREATE_RECORD', 'CHANGE_STATUS')),
    record_number_sealed bytea       NOT NULL,
    county_code          text        NOT NULL,
    author_id            text        NOT NULL,
    author               text        NOT NULL,
    occurred_at          timestamptz NOT NULL
);
CREATE INDEX duty_completions_by_entry ON duty_completions (entry_id, id);

-- A check after the return to class; number counts those of one return that found the
-- child in class.
CREATE TABLE follow_ups (
    id          uuid        PRIMARY KEY,
    entry_id    uuid        NOT NULL REFERENCES entry_heads,
    number      integer     NOT NULL CHECK (number >= 1),
    check_date  date        NOT NULL,
    in_class    boolean     NOT NULL,
    note_sealed bytea       NOT NULL,
    county_code text        NOT NULL,
    author_id   text        NOT NULL,
    author      text        NOT NULL,
    occurred_at timestamptz NOT NULL
);
CREATE INDEX follow_ups_by_entry ON follow_ups (entry_id, id);

-- Special groups; the newest row holds, the others are the history.
CREATE TABLE entry_tags (
    id          uuid        PRIMARY KEY,
    entry_id    uuid        NOT NULL REFERENCES entry_heads,
    tags        smallint[]  NOT NULL,
    author_id   text        NOT NULL,
    author      text        NOT NULL,
    occurred_at timestamptz NOT NULL
);
CREATE INDEX entry_tags_by_entry ON entry_tags (entry_id, id);

-- What the student-record system says of a child: proposals, never findings.
CREATE TABLE status_reports (
    id            uuid        PRIMARY KEY,
    entry_id      uuid        NOT NULL REFERENCES entry_heads,
    in_class      boolean     NOT NULL,
    school_sealed bytea       NOT NULL,
    school_region text        NOT NULL,
    author_id     text        NOT NULL,
    author        text        NOT NULL,
    occurred_at   timestamptz NOT NULL
);
CREATE INDEX status_reports_by_entry ON status_reports (entry_id, id);

-- +goose StatementBegin
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['duty_completions', 'follow_ups', 'entry_tags', 'status_reports'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            name || '_are_final', name);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY %I ON %I USING (entry_visible(entry_id))', name || '_of_visible_entries', name);
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE status_reports, entry_tags, follow_ups, duty_completions;
DROP INDEX entry_heads_duties;
ALTER TABLE entry_heads DROP COLUMN duty_due;
