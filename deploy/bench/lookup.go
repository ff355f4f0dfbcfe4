package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"baoxue.internal/deploy/internal/demoledger"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

const (
	numberFloor = `SELECT * FROM entries WHERE id IN (SELECT entry_id FROM entry_search WHERE id_number_index = '\x%x') ORDER BY id LIMIT 50;
`
	nameFloor = `SELECT * FROM entries WHERE strpos(person_name, '%[1]s') > 0 AND id IN (SELECT entry_id FROM entry_search WHERE name_bigrams @> '{%[1]s}') ORDER BY id LIMIT 50;
`
	// looked are how many children are looked for, one after the other.
	looked = 1000
)

// child is somebody to look for.
type child struct{ number, name string }

// measureLookup looks for children in the whole province: by the whole document number and by
// two characters of the name.
func measureLookup(ctx context.Context, s *system, o options) ([]result, error) {
	progress("lookup")
	children, err := someChildren(filepath.Join(s.dir, "ledger.xlsx"))
	if err != nil {
		return nil, err
	}
	var next atomic.Int64
	by := func(parameter string, value func(child) string) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error {
			wanted := value(children[int(next.Add(1))%len(children)])
			return s.province.get(ctx, "/v1/entries?"+url.Values{parameter: {wanted}}.Encode(), io.Discard)
		}
	}
	var index []byte
	err = s.ledger.QueryRow(ctx, "SELECT id_number_index FROM entry_search WHERE id_number_index IS NOT NULL LIMIT 1").Scan(&index)
	if err != nil {
		return nil, err
	}
	numbers, err := s.besidePgbench(ctx, o, "number over REST", by("idNumber", func(c child) string { return c.number }), fmt.Sprintf(numberFloor, index))
	if err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(s.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // nothing was written over it
	ledger := ledgerv1.NewLedgerServiceClient(conn)
	// Nothing renews it here.
	province, err := login(ctx, s.http, s.province.username, s.province.password)
	if err != nil {
		return nil, err
	}
	bearer := "Bearer " + *province.token.Load()
	direct := func(ctx context.Context, _ int) error {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", bearer)
		_, err := ledger.ListEntries(ctx, &ledgerv1.ListEntriesRequest{IdNumber: children[int(next.Add(1))%len(children)].number})
		return err
	}
	overGRPC, err := s.besidePgbench(ctx, o, "number over gRPC", direct, fmt.Sprintf(numberFloor, index))
	if err != nil {
		return nil, err
	}
	pair := string([]rune(children[0].name)[:2])
	names, err := s.besidePgbench(ctx, o, "two characters of a name", by("name", func(c child) string { return string([]rune(c.name)[:2]) }), fmt.Sprintf(nameFloor, pair))
	if err != nil {
		return nil, err
	}
	return append(append(numbers, overGRPC...), names...), nil
}

// someChildren are the first of a generated ledger that have a number and two characters of a
// name.
func someChildren(ledger string) (children []child, err error) {
	f, err := excelize.OpenFile(ledger)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	rows, err := f.Rows(demoledger.SheetName)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() && len(children) < looked {
		cells, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		if len(cells) > 3 && len(cells[3]) == 18 && utf8.RuneCountInString(cells[1]) >= 2 && !strings.ContainsAny(cells[1], " \u3000\n") {
			children = append(children, child{number: cells[3], name: cells[1]})
		}
	}
	return children, rows.Error()
}
