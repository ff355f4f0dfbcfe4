package store

import (
	"context"
	"time"

	"baoxue.internal/pkg/gather"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// looks answer at once what many ask at the same moment: one look by key costs more than its
// share of many.
type looks struct {
	// handling serves every finding's begin.
	handling *gather.Gatherer[handlingLook, []app.Handling]
	// numbers serves who looks for a child by the document number.
	numbers *gather.Gatherer[numberLook, []domain.Entry]
}

const (
	lookers = 2
	// Fewer wait for the batch that is being looked up.
	enoughLooks = 32
	mostLooks   = 128
	lookWithin  = 10 * time.Second
)

func (s *Store) newLooks() looks {
	return looks{handling: gathered(s.lookHandling), numbers: gathered(s.lookNumbers)}
}

func gathered[Q, A any](look func(context.Context, []Q) ([]gather.Answer[A], error)) *gather.Gatherer[Q, A] {
	return gather.New(gather.Options[Q, A]{Workers: lookers, Enough: enoughLooks, Most: mostLooks, Within: lookWithin, Do: look})
}

// together are queries for several callers, in a session that sees no more than from the first
// county to the last that any of them may see. The query limits each to its own.
func together[Q any](s *Store, asked []Q, scope func(Q) domain.Scope) *db.Queries {
	var all domain.Scope
	for _, q := range asked {
		all = all.Spanning(scope(q))
	}
	return s.one(all, pg.ByKey...)
}
