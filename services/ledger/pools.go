package ledger

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/pg"
)

// pools are connections for everything, and some for lists and looks by key alone.
type pools struct{ all, reads *pgxpool.Pool }

func openPools(ctx context.Context, url string) (p pools, err error) {
	if p.all, err = pg.Open(ctx, url, pg.Options{AppName: "ledger"}); err != nil {
		return p, err
	}
	if p.reads, err = pg.Open(ctx, url, pg.Options{AppName: "ledger-reads"}); err != nil {
		p.all.Close()
	}
	return p, err
}

// Close closes both.
func (p pools) Close() {
	p.reads.Close()
	p.all.Close()
}
