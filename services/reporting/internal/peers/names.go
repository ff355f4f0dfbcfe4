package peers

import (
	"context"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/fault"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

// Entries that are asked for at once.
const atOnce = 8

// MaskedNames implements app.Names. What the ledger does not show the caller is left out.
func (e Entries) MaskedNames(ctx context.Context, entryIDs []string) (map[string]string, error) {
	names, mutex := make(map[string]string, len(entryIDs)), sync.Mutex{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, id := range entryIDs {
		group.Go(func() error {
			resp, err := e.client.GetEntry(ctx, &ledgerv1.GetEntryRequest{Id: id})
			if fault.Is(err, "NOT_FOUND") {
				return nil
			}
			if err != nil {
				return err
			}
			mutex.Lock()
			defer mutex.Unlock()
			names[id] = maskName(resp.GetEntry().GetPersonName())
			return nil
		})
	}
	return names, group.Wait()
}

// maskName keeps the first character: 王小明 is shown as 王**.
func maskName(name string) string {
	_, first := utf8.DecodeRuneInString(name)
	return name[:first] + strings.Repeat("*", utf8.RuneCountInString(name[first:]))
}
