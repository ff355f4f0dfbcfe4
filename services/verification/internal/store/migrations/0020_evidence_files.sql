-- +goose Up
-- Which files of the object store are somebody's evidence, whosever: a sweep must see all
-- of them, and nothing else of them, while row-level security hides what was not named.
CREATE TABLE evidence_files (id uuid PRIMARY KEY);
ALTER TABLE evidence NO FORCE ROW LEVEL SECURITY;
INSERT INTO evidence_files (id) SELECT id FROM evidence;
ALTER TABLE evidence FORCE ROW LEVEL SECURITY;
CREATE TRIGGER evidence_files_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_files
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE evidence ADD CONSTRAINT evidence_has_a_file FOREIGN KEY (id) REFERENCES evidence_files;

-- +goose Down
ALTER TABLE evidence DROP CONSTRAINT evidence_has_a_file;
DROP TABLE evidence_files;
