package peers

import (
	"context"
	"errors"
	"io"
	"strings"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// provinceCode is Zhejiang's.
const provinceCode = "330000"

// Worklist are the children that a filter selects. With a reason, which the ledger records
// for each child, numbers are in full.
func (c Children) Worklist(filter *ledgerv1.EntryFilter, reason string) app.WorklistSource {
	return selection{entries: c.entries, filter: filter, reason: reason}
}

// selection implements app.WorklistSource.
type selection struct {
	entries ledgerv1.LedgerServiceClient
	filter  *ledgerv1.EntryFilter
	reason  string
}

// Rows implements app.WorklistSource.
func (s selection) Rows(ctx context.Context, most int) (rows []domain.WorklistRow, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := s.entries.StreamEntries(ctx, &ledgerv1.StreamEntriesRequest{Filter: s.filter})
	if err != nil {
		return nil, err
	}
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(rows)+len(piece.GetEntries()) > most {
			return nil, domain.ErrWorklistTooLong
		}
		for _, e := range piece.GetEntries() {
			rows = append(rows, rowOf(e))
		}
	}
	if s.reason == "" {
		return rows, nil
	}
	for i := range rows {
		if err := s.reveal(ctx, &rows[i]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Places of the numbers among domain.ShownColumns.
const (
	idNumberPlace      = 3
	studentNumberPlace = 7
)

func rowOf(e *ledgerv1.Entry) domain.WorklistRow {
	handled := "待处理"
	if code := e.GetCode(); code != "" {
		handled = code
	}
	if e.GetReturned() {
		handled += "（退回重核）"
	}
	return domain.WorklistRow{EntryID: e.GetId(), BaseRevision: int64(e.GetRevision()), Shown: []string{
		e.GetSerialNumber(), e.GetPersonName(), e.GetBirthDate(), e.GetIdNumber(), e.GetHouseholdPlace(), e.GetHomeAddress(),
		e.GetInSchool(), e.GetNationalStudentNumber(), e.GetProvincialSchool(), e.GetProvincialStudentNumber(),
		e.GetProvincialStudentStatus(), handled,
	}}
}

func (s selection) reveal(ctx context.Context, row *domain.WorklistRow) error {
	full, err := s.entries.RevealEntry(ctx, &ledgerv1.RevealEntryRequest{Id: row.EntryID, Reason: s.reason})
	if err != nil {
		return err
	}
	row.Shown[idNumberPlace], row.Shown[studentNumberPlace] = full.GetIdNumber(), full.GetNationalStudentNumber()
	return nil
}

// Hints implements app.RegionNames.
func (r *Regions) Hints(ctx context.Context) (hints []string, err error) {
	ours, err := r.client.ListRegions(ctx, &regionv1.ListRegionsRequest{Parent: provinceCode, Recursive: true})
	if err != nil {
		return nil, err
	}
	provinces, err := r.client.ListRegions(ctx, &regionv1.ListRegionsRequest{})
	if err != nil {
		return nil, err
	}
	for _, region := range ours.GetRegions() {
		if !strings.HasSuffix(region.GetCode(), "00") {
			hints = append(hints, region.GetCode()+" "+region.GetName())
		}
	}
	for _, region := range provinces.GetRegions() {
		if region.GetCode() != provinceCode {
			hints = append(hints, region.GetCode()+" "+region.GetName())
		}
	}
	return hints, nil
}
