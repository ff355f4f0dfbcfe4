-- +goose Up
-- Nothing here is ever changed or removed, by anybody: the triggers refuse, and
-- who can remove a trigger still can't mend the chain. An unsealed row may be
-- sealed, once. Ids of version 7 grow with time, nearly: ids and times are given
-- out before commit, so nothing is ever paged through as if it were complete.
CREATE TABLE audit_records (
    id            uuid PRIMARY KEY,
    occurred_at   timestamptz NOT NULL,
    actor_id      text NOT NULL,
    actor_name    text NOT NULL,
    address       text NOT NULL,
    -- In byte order, so that a beginning is a range of the index.
    action        text COLLATE "C" NOT NULL CHECK (action <> ''),
    resource_type text NOT NULL,
    resource_id   text NOT NULL,
    region_code   text NOT NULL,
    outcome       smallint NOT NULL CHECK (outcome IN (1, 2)),
    reason        text NOT NULL,
    request_id    text NOT NULL,
    details       jsonb NOT NULL CHECK (jsonb_typeof(details) = 'object'),
    sequence      bigint UNIQUE CHECK (sequence > 0),
    digest        bytea CHECK (length(digest) = 32),
    algorithm     text,
    CHECK (num_nulls(sequence, digest, algorithm) IN (0, 3))
);
CREATE INDEX audit_unsealed ON audit_records (id) WHERE sequence IS NULL;
CREATE INDEX audit_by_time ON audit_records (occurred_at, id);
CREATE INDEX audit_by_actor ON audit_records (actor_id, occurred_at, id);
CREATE INDEX audit_by_resource ON audit_records (resource_id, occurred_at, id);
CREATE INDEX audit_by_action ON audit_records (action, occurred_at, id);

-- +goose StatementBegin
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit records are append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
-- +goose StatementEnd

CREATE TRIGGER audit_no_removal BEFORE DELETE OR TRUNCATE ON audit_records
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_sealed_later BEFORE INSERT ON audit_records
    FOR EACH ROW WHEN (num_nonnulls(NEW.sequence, NEW.digest, NEW.algorithm) > 0) EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_sealing_only BEFORE UPDATE ON audit_records
    FOR EACH ROW WHEN (OLD.sequence IS NOT NULL OR NEW.sequence IS NULL
        OR (OLD.id, OLD.occurred_at, OLD.actor_id, OLD.actor_name, OLD.address, OLD.action, OLD.resource_type, OLD.resource_id,
            OLD.region_code, OLD.outcome, OLD.reason, OLD.request_id, OLD.details)
           IS DISTINCT FROM
           (NEW.id, NEW.occurred_at, NEW.actor_id, NEW.actor_name, NEW.address, NEW.action, NEW.resource_type, NEW.resource_id,
            NEW.region_code, NEW.outcome, NEW.reason, NEW.request_id, NEW.details))
    EXECUTE FUNCTION audit_refuse();

-- +goose Down
DROP TABLE audit_records;
DROP FUNCTION audit_refuse;
