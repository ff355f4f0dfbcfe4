-- +goose Up
-- Where other systems want to be told of events. An address may hold a key of its own, so it is
-- sealed as the secret is.
CREATE TABLE webhooks (
    id              uuid        PRIMARY KEY,
    url_sealed      bytea       NOT NULL,
    secret_sealed   bytea       NOT NULL,
    region_code     text        NOT NULL CHECK (region_code ~ '^[0-9]{6}$'),
    types           text[]      NOT NULL,
    display_name    text        NOT NULL,
    state           text        NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'PAUSED', 'SUSPENDED')),
    author          text        NOT NULL,
    created_at      timestamptz NOT NULL,
    failures        integer     NOT NULL DEFAULT 0 CHECK (failures >= 0),
    failing_since   timestamptz,
    last_error      text        NOT NULL DEFAULT '',
    next_attempt_at timestamptz NOT NULL,
    last_success_at timestamptz,
    dropped_until   timestamptz,
    -- Until then somebody sends to it.
    claimed_until   timestamptz,
    CHECK ((failures = 0) = (failing_since IS NULL))
);

-- What each is to be told, in the order in which it is.
CREATE TABLE webhook_events (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id   uuid        NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    event_id     text        NOT NULL,
    -- A CloudEvent in JSON; events hold no personal data.
    body         text        NOT NULL,
    occurred_at  timestamptz NOT NULL,
    -- The message that it was put in: one that is sent again is the same.
    message_id   uuid,
    delivered_at timestamptz,
    UNIQUE (webhook_id, event_id)
);
CREATE INDEX webhook_events_waiting ON webhook_events (webhook_id, id) WHERE delivered_at IS NULL;
CREATE INDEX webhook_events_delivered ON webhook_events (delivered_at) WHERE delivered_at IS NOT NULL;

-- +goose Down
DROP TABLE webhook_events, webhooks;
