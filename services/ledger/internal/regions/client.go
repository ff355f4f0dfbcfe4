// Package regions asks the region service.
package regions

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// Client implements app.Regions over gRPC, in the name of the connection's
// token source.
type Client struct{ Regions regionv1.RegionServiceClient }

// One request's codes; the contract allows 5,000.
const batch = 2000

// Resolve implements app.Regions.
func (c Client) Resolve(ctx context.Context, codes []string) (map[string]app.Resolution, error) {
	resolved := make(map[string]app.Resolution, len(codes))
	for len(codes) > 0 {
		n := min(batch, len(codes))
		resp, err := c.Regions.ResolveRegions(ctx, &regionv1.ResolveRegionsRequest{Codes: codes[:n]})
		if err != nil {
			return nil, err
		}
		for _, r := range resp.GetResolutions() {
			resolved[r.GetCode()] = app.Resolution{
				County: r.GetCountyCode(), Reason: strings.TrimPrefix(r.GetReason().String(), "REASON_"), Candidates: r.GetCandidates(),
			}
		}
		codes = codes[n:]
	}
	return resolved, nil
}

// Counties implements app.Regions.
func (c Client) Counties(ctx context.Context) (*domain.Gazetteer, error) {
	resp, err := c.Regions.ListRegions(ctx, &regionv1.ListRegionsRequest{Parent: domain.Province, Recursive: true})
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, r := range resp.GetRegions() {
		names[r.GetCode()] = r.GetName()
	}
	var counties []domain.County
	for _, r := range resp.GetRegions() {
		if r.GetLevel() == regionv1.RegionLevel_REGION_LEVEL_COUNTY {
			counties = append(counties, domain.County{
				Code: r.GetCode(), Name: r.GetName(), City: names[r.GetParentCode()], Since: r.GetValidFrom(),
			})
		}
	}
	return domain.NewGazetteer(counties), nil
}

// Splits implements app.Regions.
func (c Client) Splits(ctx context.Context) ([]app.Split, error) {
	resp, err := c.Regions.ListRegionChanges(ctx, &regionv1.ListRegionChangesRequest{})
	if err != nil {
		return nil, err
	}
	var splits []app.Split
	for _, change := range resp.GetChanges() {
		if change.GetKind() != regionv1.RegionChange_KIND_SPLIT || len(change.GetFromCodes()) != 1 {
			continue
		}
		from, err := time.ParseInLocation("2006-01", change.GetEffectiveMonth(), domain.Shanghai)
		if err != nil {
			return nil, fmt.Errorf("region change %s: %w", change.GetId(), err)
		}
		split := app.Split{ChangeID: change.GetId(), County: change.GetFromCodes()[0], From: from}
		for _, to := range change.GetTo() {
			split.Candidates = append(split.Candidates, to.GetCode())
		}
		if slices.Contains(split.Candidates, split.County) {
			splits = append(splits, split)
		}
	}
	return splits, nil
}
