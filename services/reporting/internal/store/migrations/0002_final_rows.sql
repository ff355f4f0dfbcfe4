-- +goose Up
-- A snapshot's rows come with it, in one transaction, and none after it.
-- +goose StatementBegin
CREATE FUNCTION refuse_later_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added a JOIN snapshots s ON s.number = a.number WHERE s.xmin <> pg_current_xact_id()::xid) THEN
        RAISE EXCEPTION 'a snapshot gets no rows after it was stored' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER snapshot_rows_come_at_once AFTER INSERT ON snapshot_rows
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_later_rows();

-- +goose Down
DROP TRIGGER snapshot_rows_come_at_once ON snapshot_rows;
DROP FUNCTION refuse_later_rows;
