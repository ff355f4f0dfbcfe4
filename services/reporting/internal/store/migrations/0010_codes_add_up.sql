-- +goose Up
-- A1 to A8 are the A's and B1 to B10 the B's (DOMAIN §4), in the table itself: a figure that is
-- opened adds up to the one that was signed.
-- +goose StatementBegin
CREATE FUNCTION codes_total(by_code jsonb, kind text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(sum(value::bigint), 0)::bigint FROM jsonb_each_text(by_code) WHERE left(key, 1) = kind
$$;
-- +goose StatementEnd
ALTER TABLE snapshot_rows
    ADD CONSTRAINT codes_add_up CHECK (a_total = codes_total(by_code, 'A') AND b_total = codes_total(by_code, 'B'));

-- +goose Down
ALTER TABLE snapshot_rows DROP CONSTRAINT codes_add_up;
DROP FUNCTION codes_total;
