package main

import (
	"bytes"
	"context"
	"net/http"

	"baoxue.internal/deploy/standalone"
)

// listFloor is what a page needs from the database, in the service's own tables:
// the page and the size of the whole list. pgbench is a superuser, whom row-level
// security costs nothing.
const listFloor = `SELECT count(*) FROM entries WHERE county_code >= '330106' AND county_code <= '330106' AND status = 1;
SELECT * FROM entries WHERE county_code >= '330106' AND county_code <= '330106' AND status = 1
    AND id > '00000000-0000-0000-0000-000000000000' ORDER BY id LIMIT 50;
`

// measureList asks for a county's first page.
func measureList(ctx context.Context, s *system, o options) ([]result, error) {
	progress("list")
	county, err := login(ctx, s.http, "xihu", standalone.DemoPassword)
	if err != nil {
		return nil, err
	}
	page := func(ctx context.Context, _ int) error {
		var into bytes.Buffer
		return county.do(ctx, http.MethodGet, "/v1/entries?tab=PENDING&pageSize=50", "", http.NoBody, &into)
	}
	one, err := drive(ctx, 1, o.span, page)
	if err != nil {
		return nil, err
	}
	oneFloor, err := s.pgbench(ctx, "baoxue_ledger", listFloor, 1, o.span)
	if err != nil {
		return nil, err
	}
	many, err := drive(ctx, o.clients, o.span, page)
	if err != nil {
		return nil, err
	}
	manyFloor, err := s.pgbench(ctx, "baoxue_ledger", listFloor, o.clients, o.span)
	if err != nil {
		return nil, err
	}
	return []result{
		{"list page, 1 client, median", "ms", one.median, oneFloor.median, "pgbench, the same query"},
		{"list page, many clients", "1/s", many.rate, manyFloor.rate, "pgbench, the same query"},
	}, nil
}
