-- +goose Up
-- What remains to be done about an entry, as the domain computed it. The columns beside
-- it are what lists select by; they follow it by themselves.
ALTER TABLE entry_heads
    ADD COLUMN work         jsonb  NOT NULL DEFAULT '{}',
    ADD COLUMN work_version bigint NOT NULL GENERATED ALWAYS AS (coalesce((work ->> 'version')::bigint, 0)) STORED,
    -- yyyy-mm-dd; empty without a deadline.
    ADD COLUMN due_on       text   NOT NULL GENERATED ALWAYS AS (coalesce(work ->> 'dueOn', '')) STORED,
    ADD COLUMN due_kind     text   NOT NULL GENERATED ALWAYS AS (coalesce(work ->> 'dueKind', '')) STORED,
    ADD COLUMN duty         text   NOT NULL GENERATED ALWAYS AS (coalesce(work ->> 'duty', 'NONE')) STORED;
CREATE INDEX entry_heads_due ON entry_heads (due_on, entry_id) WHERE due_on <> '';

-- +goose Down
DROP INDEX entry_heads_due;
ALTER TABLE entry_heads DROP COLUMN duty, DROP COLUMN due_kind, DROP COLUMN due_on, DROP COLUMN work_version, DROP COLUMN work;
