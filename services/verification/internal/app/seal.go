package app

import (
	"context"
	"log/slog"
	"time"

	"baoxue.internal/pkg/lifecycle"
)

const (
	// The newest links of all chains are sealed into the audit trail once in this time.
	sealEvery = 24 * time.Hour
	lookAgain = 10 * time.Minute
)

// SealStore seals the findings' chains.
type SealStore interface {
	// SealFindings seals what was found since the last seal and before an instant, unless
	// the last seal is younger than every.
	SealFindings(ctx context.Context, until time.Time, every time.Duration) error
}

// Barrier waits until nothing from before asOf is still uncommitted.
type Barrier interface {
	Barrier(ctx context.Context) (sequence uint64, asOf time.Time, err error)
}

// Seals seals the findings' chains daily.
type Seals struct {
	Store   SealStore
	Barrier Barrier
	Log     *slog.Logger
}

// Run seals until the context ends. What fails is tried again.
func (u Seals) Run(ctx context.Context) error {
	return lifecycle.Every(ctx, lookAgain, u.Log, "findings not sealed, will be tried again", u.Seal)
}

// Seal seals if it is time.
func (u Seals) Seal(ctx context.Context) error {
	_, asOf, err := u.Barrier.Barrier(ctx)
	if err != nil {
		return err
	}
	return u.Store.SealFindings(ctx, asOf, sealEvery)
}
