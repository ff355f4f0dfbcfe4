package server

import (
	"context"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// A page of the list behind a cell, unless asked otherwise.
const cellPage = 50

// ListCellEntries implements MonthService.
func (s *Months) ListCellEntries(ctx context.Context, req *reportingv1.ListCellEntriesRequest) (*reportingv1.ListCellEntriesResponse, error) {
	cell := app.Cell{
		Month: req.GetMonth(), Number: int64(req.GetNumber()), Region: req.GetRegion(), Source: domain.AllSources, Figure: req.GetFigure(),
	}
	if req.Source != nil {
		cell.Source = domain.Source(req.GetSource())
	}
	size := int(req.GetPageSize())
	if size == 0 {
		size = cellPage
	}
	page, err := s.Cells.List(ctx, scopeFrom(ctx), cell, size, req.GetPageToken())
	if err != nil {
		return nil, err
	}
	resp := &reportingv1.ListCellEntriesResponse{NextPageToken: page.NextToken, TotalSize: int32(page.Total)}
	for _, e := range page.Entries {
		resp.Entries = append(resp.Entries, &reportingv1.CellEntry{
			EntryId: e.ID, CountyCode: e.County, Source: ledgerv1.Source(e.Source), Code: e.Code, MaskedName: e.MaskedName,
		})
	}
	return resp, nil
}

// ListFigureDefinitions implements MonthService.
func (s *Months) ListFigureDefinitions(context.Context, *reportingv1.ListFigureDefinitionsRequest) (*reportingv1.ListFigureDefinitionsResponse, error) {
	resp := &reportingv1.ListFigureDefinitionsResponse{}
	for _, f := range domain.Figures {
		resp.Definitions = append(resp.Definitions, &reportingv1.FigureDefinition{
			Key: f.Key, Title: f.Title, Meaning: f.Meaning, Numerator: f.Numerator, Denominator: f.Denominator, Since: int32(f.Since),
			Kind: reportingv1.FigureDefinition_Kind(reportingv1.FigureDefinition_Kind_value[string(f.Kind)]),
		})
	}
	return resp, nil
}
