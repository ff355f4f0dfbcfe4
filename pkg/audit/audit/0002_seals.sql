-- +goose Up
-- Sealing a record wrote it again, with an entry in each of its indexes. Seals have a table of
-- their own now, to which rows are only added; records are never changed at all.
CREATE TABLE audit_seals (
    sequence  bigint PRIMARY KEY CHECK (sequence > 0),
    record_id uuid   NOT NULL UNIQUE,
    digest    bytea  NOT NULL CHECK (length(digest) = 32),
    algorithm text   NOT NULL
);
INSERT INTO audit_seals (sequence, record_id, digest, algorithm)
SELECT sequence, id, digest, algorithm FROM audit_records WHERE sequence IS NOT NULL ORDER BY sequence;

-- What waits for its seal. It is short, and has no index.
DROP INDEX audit_unsealed;
CREATE TABLE audit_unsealed (record_id uuid NOT NULL);
INSERT INTO audit_unsealed SELECT id FROM audit_records WHERE sequence IS NULL ORDER BY id;

DROP TRIGGER audit_sealing_only ON audit_records;
DROP TRIGGER audit_sealed_later ON audit_records;
DROP TRIGGER audit_no_removal ON audit_records;
-- The indexes and the check on them go with the columns.
ALTER TABLE audit_records DROP COLUMN sequence, DROP COLUMN digest, DROP COLUMN algorithm;
CREATE TRIGGER audit_records_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_records
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_seals_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_unsealed_stays BEFORE UPDATE OR TRUNCATE ON audit_unsealed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

-- No record comes in without waiting for its seal, whoever adds it.
-- +goose StatementBegin
CREATE FUNCTION audit_await_seals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_unsealed SELECT id FROM added;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_records_await_seals AFTER INSERT ON audit_records
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_await_seals();

-- And none stops waiting without one. Each is looked for by its key: a plan from when there were few seals
-- would read all of them later.
-- +goose StatementBegin
CREATE FUNCTION audit_sealed_first() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (SELECT FROM gone g
               LEFT JOIN LATERAL (SELECT true AS found FROM audit_seals s WHERE s.record_id = g.record_id LIMIT 1) seal ON true
               WHERE seal.found IS NULL) THEN
        RAISE EXCEPTION 'audit records are sealed before they leave' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_unsealed_is_sealed_first AFTER DELETE ON audit_unsealed
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION audit_sealed_first();

-- +goose Down
DROP TRIGGER audit_records_await_seals ON audit_records;
DROP TRIGGER audit_records_are_final ON audit_records;
ALTER TABLE audit_records ADD COLUMN sequence bigint UNIQUE CHECK (sequence > 0), ADD COLUMN digest bytea CHECK (length(digest) = 32),
    ADD COLUMN algorithm text, ADD CHECK (num_nulls(sequence, digest, algorithm) IN (0, 3));
UPDATE audit_records r SET sequence = s.sequence, digest = s.digest, algorithm = s.algorithm FROM audit_seals s WHERE s.record_id = r.id;
CREATE INDEX audit_unsealed_records ON audit_records (id) WHERE sequence IS NULL;
DROP TABLE audit_unsealed, audit_seals;
DROP FUNCTION audit_await_seals;
DROP FUNCTION audit_sealed_first;
ALTER INDEX audit_unsealed_records RENAME TO audit_unsealed;
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
