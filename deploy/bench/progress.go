package main

import (
	"context"
	"fmt"
	"io"
)

// progressFloor counts a county's children by source and code, as a page of progress shows them.
const progressFloor = `SELECT k.source, k.code, count(*) FROM county_ordinals c JOIN entry_states s ON s.county = c.ordinal JOIN entry_kinds k ON k.kind = s.kind
WHERE NOT s.past AND c.county_code = '%s' GROUP BY k.source, k.code;
`

// measureProgress looks at one county's live progress; its floor is pgbench counting the same.
func measureProgress(ctx context.Context, s *system, o options) ([]result, error) {
	progress("progress")
	const county = "330106"
	clerk, err := s.clerk(ctx, county)
	if err != nil {
		return nil, err
	}
	look := func(ctx context.Context, _ int) error {
		return clerk.get(ctx, "/v1/progress", io.Discard)
	}
	ours, err := drive(ctx, 1, o.span, look)
	if err != nil {
		return nil, err
	}
	floor, err := s.pgbench(ctx, "baoxue_reporting", fmt.Sprintf(progressFloor, county), 1, o.span)
	if err != nil {
		return nil, err
	}
	return []result{{"progress of a county over REST, median", "ms", ours.median, floor.median, "pgbench, counting the same"}}, nil
}
