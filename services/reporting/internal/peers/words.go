package peers

import (
	"context"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/reporting/internal/app"
)

// Words asks ledger and regionauth, in reporting's own name, what their codes are called.
type Words struct {
	ledger  ledgerv1.LedgerServiceClient
	regions regionv1.RegionServiceClient
}

// NewWords returns a client.
func NewWords(ledger, regionAuth grpc.ClientConnInterface) Words {
	return Words{ledger: ledgerv1.NewLedgerServiceClient(ledger), regions: regionv1.NewRegionServiceClient(regionAuth)}
}

// Of returns the flags, and the country's divisions of today with those above them: a child may be at school anywhere.
func (c Words) Of(ctx context.Context) (words app.Words, err error) {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		resp, err := c.ledger.ListFlagDefinitions(ctx, &ledgerv1.ListFlagDefinitionsRequest{})
		words.Flags = make(map[string]string, len(resp.GetDefinitions()))
		for _, d := range resp.GetDefinitions() {
			words.Flags[d.GetFlag()] = d.GetText()
		}
		return err
	})
	group.Go(func() error {
		resp, err := c.regions.ListRegions(ctx, &regionv1.ListRegionsRequest{Recursive: true})
		words.Regions = make(map[string]string, len(resp.GetRegions()))
		for _, r := range resp.GetRegions() {
			words.Regions[r.GetCode()] = r.GetFullName()
		}
		return err
	})
	err = group.Wait()
	return words, err
}
