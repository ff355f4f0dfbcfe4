-- +goose Up
-- A finding keeps the meaning it had: the version of the standard that it was made by, and
-- the name of its code in it. A later finding may say that it corrects (更正) an earlier one.
ALTER TABLE findings
    ADD COLUMN standard_from            date,
    ADD COLUMN code_name                text,
    ADD COLUMN corrects_revision        bigint NOT NULL DEFAULT 0 CHECK (corrects_revision BETWEEN 0 AND revision - 1),
    ADD COLUMN correction_reason_sealed bytea  NOT NULL DEFAULT '',
    ADD CHECK ((corrects_revision = 0) = (correction_reason_sealed = ''));
-- What follows belongs to the findings made so far; the owner is bound by the policy too.
ALTER TABLE findings NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER findings_are_final;
UPDATE findings f SET (standard_from, code_name) = (
    SELECT c.valid_from, c.name FROM finding_codes c
    WHERE c.code = f.code AND c.valid_from <= (f.occurred_at AT TIME ZONE 'Asia/Shanghai')::date
    ORDER BY c.valid_from DESC LIMIT 1);
ALTER TABLE findings FORCE ROW LEVEL SECURITY, ENABLE TRIGGER findings_are_final,
    ALTER COLUMN standard_from SET NOT NULL, ALTER COLUMN code_name SET NOT NULL;

-- A version of the standard is loaded whole and never edited.
CREATE TRIGGER finding_codes_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON finding_codes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TRIGGER finding_codes_are_final ON finding_codes;
ALTER TABLE findings DROP COLUMN correction_reason_sealed, DROP COLUMN corrects_revision, DROP COLUMN code_name, DROP COLUMN standard_from;
