-- +goose Up
-- Numbers of baoxue.common.v1.Role. Who was a user before there were roles could
-- do everything at the level.
ALTER TABLE users ADD COLUMN roles smallint[] NOT NULL DEFAULT '{1,2,3,4,5}' CHECK (cardinality(roles) > 0);
ALTER TABLE users ALTER COLUMN roles DROP DEFAULT;

-- Access tokens of a subject that were issued before the time don't count.
CREATE TABLE revocations (
    subject       text        PRIMARY KEY,
    issued_before timestamptz NOT NULL
);

-- +goose Down
DROP TABLE revocations;
ALTER TABLE users DROP COLUMN roles;
