// Package regions asks the region service.
package regions

import (
	"context"
	"strings"

	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/ledger/internal/app"
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
