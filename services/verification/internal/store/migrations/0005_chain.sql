-- +goose Up
-- The findings of an entry are a chain: each row's digest covers its content and the digest
-- before it. Null in rows from before there was a chain. The head has the newest.
ALTER TABLE findings ADD COLUMN digest bytea CHECK (length(digest) = 32), ADD COLUMN algorithm text,
    ADD CHECK (num_nulls(digest, algorithm) IN (0, 2));
ALTER TABLE entry_heads ADD COLUMN digest bytea NOT NULL DEFAULT '';

-- What was sealed into the audit trail: the newest digest of each entry that had a finding
-- from from_time until before to_time.
CREATE TABLE finding_seals (
    to_time   timestamptz PRIMARY KEY,
    from_time timestamptz NOT NULL UNIQUE,
    entries   bigint      NOT NULL,
    digest    bytea       NOT NULL
);
CREATE TRIGGER finding_seals_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON finding_seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE finding_seals;
ALTER TABLE entry_heads DROP COLUMN digest;
ALTER TABLE findings DROP COLUMN algorithm, DROP COLUMN digest;
