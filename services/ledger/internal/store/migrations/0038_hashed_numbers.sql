-- +goose Up
-- What a number is found by is random and asked for as a whole: a place in a hash costs an
-- import half of one in an order.
DROP INDEX entry_search_by_id_number, entry_search_by_last_four;
CREATE INDEX entry_search_by_id_number ON entry_search USING hash (id_number_index);
CREATE INDEX entry_search_by_last_four ON entry_search USING hash (last_four_index);

-- +goose Down
DROP INDEX entry_search_by_id_number, entry_search_by_last_four;
CREATE INDEX entry_search_by_id_number ON entry_search (id_number_index);
CREATE INDEX entry_search_by_last_four ON entry_search (last_four_index);
