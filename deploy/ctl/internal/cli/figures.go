package cli

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"

	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

// shownFigures are those of the bulletin's columns that a terminal has room for, by their keys.
var shownFigures = []string{
	"total", "verified", "verifiedRate", "rank", "aTotal", "returnedRate", "bTotal", "unconfirmed", "pending", "overdue", "closed", "givenBack",
	"added", "changed",
}

// printRows prints the rows over all sources, under the titles that the figures have everywhere.
func (c *command) printRows(ctx context.Context, months reportingv1.MonthServiceClient, rows ...*reportingv1.FigureRow) error {
	resp, err := months.ListFigureDefinitions(ctx, &reportingv1.ListFigureDefinitionsRequest{})
	if err != nil {
		return err
	}
	defined := map[string]*reportingv1.FigureDefinition{}
	for _, d := range resp.GetDefinitions() {
		defined[d.GetKey()] = d
	}
	heads := []string{"代码", "地区"}
	for _, key := range shownFigures {
		heads = append(heads, defined[key].GetTitle())
	}
	t := newTable(heads...)
	for _, r := range rows {
		if !r.GetAllSources() {
			continue
		}
		cells := []string{r.GetRegionCode(), r.GetRegionName()}
		for _, key := range shownFigures {
			cells = append(cells, figureText(r, defined[key]))
		}
		t.add(cells...)
	}
	t.print(c.out)
	return nil
}

// figureText is a row's figure; the key is its name in JSON. Whoever has no rank is of no place.
func figureText(r *reportingv1.FigureRow, d *reportingv1.FigureDefinition) string {
	if d.GetKind() == reportingv1.FigureDefinition_RANK && r.GetRank() == 0 {
		return "—"
	}
	row := r.ProtoReflect()
	field := row.Descriptor().Fields().ByJSONName(d.GetKey())
	if field == nil || field.Kind() == protoreflect.MessageKind {
		return ""
	}
	return fmt.Sprint(row.Get(field).Interface())
}
