-- +goose Up
-- 督办: a city or the province addresses a county. The row is where the order stands, the steps
-- are what was done, each once and for good. Texts may name a child: they are sealed.
CREATE TABLE supervision_orders (
    id            uuid        PRIMARY KEY,
    county_code   text        NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
    -- Who gave it: 330000 for the province, else a city.
    issuer_region text        NOT NULL CHECK (issuer_region ~ '^[0-9]{4}00$'),
    title_sealed  bytea       NOT NULL,
    -- The last day, in Asia/Shanghai.
    due_on        date        NOT NULL,
    state         text        NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'CLOSED')),
    received      boolean     NOT NULL DEFAULT false,
    replied       boolean     NOT NULL DEFAULT false,
    -- Since the last due day was set.
    reminded      boolean     NOT NULL DEFAULT false,
    escalated     boolean     NOT NULL DEFAULT false,
    author        text        NOT NULL,
    created_at    timestamptz NOT NULL
);
CREATE INDEX supervision_orders_open ON supervision_orders (due_on, id) WHERE state = 'OPEN';
CREATE INDEX supervision_orders_by_county ON supervision_orders (county_code, id);
ALTER TABLE supervision_orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY supervision_orders_in_scope ON supervision_orders
    USING (county_code BETWEEN current_setting('baoxue.scope_from', true) AND nullif(current_setting('baoxue.scope_to', true), ''));

CREATE TABLE supervision_steps (
    order_id    uuid        NOT NULL REFERENCES supervision_orders,
    number      integer     NOT NULL CHECK (number >= 1),
    kind        text        NOT NULL CHECK (kind IN ('ISSUED', 'RECEIVED', 'REPLIED', 'EXTENDED', 'REMINDED', 'ESCALATED', 'CLOSED')),
    text_sealed bytea       NOT NULL,
    -- Of an issue and an extension.
    due_on      date,
    author_id   text        NOT NULL,
    author      text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, number)
);
CREATE TRIGGER supervision_steps_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON supervision_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE supervision_steps ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY supervision_steps_of_visible_orders ON supervision_steps
    USING (EXISTS (SELECT FROM supervision_orders o WHERE o.id = order_id));

-- +goose Down
DROP TABLE supervision_steps, supervision_orders;
