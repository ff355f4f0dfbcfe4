-- +goose Up
-- What a review returned stands in 待本级处理 again, beside what has no finding yet.
ALTER TABLE entry_tallies ADD COLUMN returned boolean NOT NULL DEFAULT false;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tally_added_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO entry_tallies (county_code, code, status, source, returned, entries)
    SELECT county_code, code, status, source, returned, count(*) FROM added GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tally_changed_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO entry_tallies (county_code, code, status, source, returned, entries)
    SELECT county_code, code, status, source, returned, sum(n)
    FROM (SELECT county_code, code, status, source, returned, 1 AS n FROM after_change
          UNION ALL SELECT county_code, code, status, source, returned, -1 FROM before_change) change
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
BEGIN
    PERFORM set_config('baoxue.scope_from', '', true), set_config('baoxue.scope_to', '999999', true);
    INSERT INTO entry_tallies (county_code, code, status, source, returned, entries)
    SELECT county_code, code, status, source, r.returned, CASE WHEN r.returned THEN count(*) ELSE -count(*) END
    FROM entries e CROSS JOIN (VALUES (true), (false)) r (returned) WHERE e.returned GROUP BY 1, 2, 3, 4, 5;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tally_added_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO entry_tallies SELECT county_code, code, status, source, count(*) FROM added GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tally_changed_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO entry_tallies SELECT county_code, code, status, source, sum(n)
    FROM (SELECT county_code, code, status, source, 1 AS n FROM after_change
          UNION ALL SELECT county_code, code, status, source, -1 FROM before_change) change
    GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
    RETURN NULL;
END $$;
-- +goose StatementEnd
ALTER TABLE entry_tallies DROP COLUMN returned;
