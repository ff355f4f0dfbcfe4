-- +goose Up
-- What a selection by county, status, code and source has, by county and code; whether all
-- of the kind are selected (entire), or those that were returned; and how many the kind has
-- in all (whole).
CREATE FUNCTION tallied_kinds(county_from text, county_to text, statuses smallint[], or_returned boolean, only_code text, only_source smallint)
RETURNS TABLE (county_code text, code text, entire boolean, whole bigint, selected bigint) LANGUAGE sql STABLE AS $$
    SELECT t.county_code, t.code, t.status = ANY (statuses), sum(t.entries)::bigint, coalesce(sum(t.entries) FILTER (WHERE
        (t.status = ANY (statuses) OR or_returned AND t.returned) AND (only_code = '' OR t.code = only_code)
        AND (only_source = 0 OR t.source = only_source)), 0)::bigint
    FROM entry_tallies t
    WHERE t.county_code BETWEEN county_from AND county_to
    GROUP BY 1, 2, 3
$$;

-- +goose Down
DROP FUNCTION tallied_kinds;
