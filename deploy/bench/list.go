package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"baoxue.internal/deploy/standalone"
)

// A list is a page of one, and what it needs at least from the database in the service's own
// tables: the page, by an index where there is one. The size of the whole list is on top, and
// so is row-level security: pgbench is a superuser, whom it costs nothing.
type list struct {
	name, query string
	// pages to turn first.
	pages int
	// condition is the query's, in SQL; %s is the id after which the page begins.
	floor string
}

const (
	// Nothing was found about the children yet.
	ofACounty = "county_code = '330106' AND code = ''"
	listFloor = "SELECT * FROM entries WHERE %s AND id > '%s' ORDER BY id LIMIT 50;\n"
	// beginning is before every id.
	beginning = "00000000-0000-0000-0000-000000000000"
)

var lists = []list{
	{name: "first page", query: "tab=PENDING", floor: ofACounty},
	{name: "20th page", query: "tab=PENDING", pages: 19, floor: ofACounty},
	{name: "filtered page", query: "tab=PENDING&source=SOURCE_POVERTY_UNMATCHED", floor: ofACounty + " AND source = 3"},
	{name: "page with a flag", query: "tab=PENDING&flags=BIRTH_MISMATCH", floor: ofACounty + " AND flags @> '{BIRTH_MISMATCH}'"},
	{name: "page by name", query: "tab=PENDING&orderBy=person_name", floor: ofACounty},
}

// measureList asks for pages of a county's list.
func measureList(ctx context.Context, s *system, o options) ([]result, error) {
	progress("list")
	county, err := login(ctx, s.http, "xihu", standalone.DemoPassword)
	if err != nil {
		return nil, err
	}
	var results []result
	for _, l := range lists {
		path, after, err := l.turn(ctx, county)
		if errors.Is(err, errUsedUp) {
			leaveOut(l.name)
			continue
		}
		if err != nil {
			return nil, err
		}
		page := func(ctx context.Context, _ int) error {
			return county.get(ctx, path, io.Discard)
		}
		r, err := s.besidePgbench(ctx, o, l.name, page, fmt.Sprintf(listFloor, l.floor, after))
		if err != nil {
			return nil, err
		}
		results = append(results, r...)
	}
	return results, nil
}

// turn goes to the page, and returns its address and the id that it begins after.
func (l list) turn(ctx context.Context, c *client) (path, after string, err error) {
	first := "/v1/entries?pageSize=50&" + l.query
	path, after = first, beginning
	for range l.pages {
		var page struct {
			NextPageToken string
			Entries       []struct{ ID string }
		}
		if err := c.json(ctx, http.MethodGet, path, nil, &page); err != nil {
			return "", "", err
		}
		if page.NextPageToken == "" {
			return "", "", errUsedUp
		}
		path, after = first+"&pageToken="+url.QueryEscape(page.NextPageToken), page.Entries[len(page.Entries)-1].ID
	}
	return path, after, nil
}

// besidePgbench measures a call at one client and at many, each beside pgbench with as many.
func (s *system) besidePgbench(ctx context.Context, o options, name string, call func(context.Context, int) error, floor string) ([]result, error) {
	var results []result
	for _, clients := range []int{1, o.clients} {
		ours, err := drive(ctx, clients, o.span, call)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		theirs, err := s.pgbench(ctx, "baoxue_ledger", floor, clients, o.span)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if clients == 1 {
			results = append(results, result{name + ", 1 client, median", "ms", ours.median, theirs.median, "pgbench, the same query"})
			continue
		}
		results = append(results, result{fmt.Sprintf("%s, %d clients", name, clients), "1/s", ours.rate, theirs.rate, "pgbench, the same query"})
	}
	return results, nil
}
