package pg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	defaultAttempts = 8
	firstPause      = 5 * time.Millisecond
	longestPause    = 250 * time.Millisecond
	// rollbackTimeout is for a rollback after the caller's context has ended.
	rollbackTimeout = 5 * time.Second
)

// Beginner is what a transaction can be begun on: *pgxpool.Pool or *pgx.Conn. It is not met by
// pgx.Tx: a part of a transaction cannot be tried again alone.
type Beginner interface {
	BeginTx(ctx context.Context, opts pgx.TxOptions) (pgx.Tx, error)
}

// TxOptions say what kind of transaction to begin; the zero value is PostgreSQL's default, read
// committed and read-write.
type TxOptions struct {
	Isolation pgx.TxIsoLevel
	ReadOnly  bool
	// Local are settings that hold in the transaction only, as by SET LOCAL; they
	// cost no round trip.
	Local []Setting
	// MaxAttempts counts the first try too; 0 means 8, and 1 means never again.
	MaxAttempts int
}

// begin is the statement, or with settings several in one message.
func (o TxOptions) begin() pgx.TxOptions {
	var b strings.Builder
	b.WriteString(o.beginAlone())
	for _, s := range o.Local {
		b.WriteString("; set local " + s.quoted() + " = " + literal(s.Value))
	}
	return pgx.TxOptions{BeginQuery: b.String()}
}

// beginAlone is the statement without the settings.
func (o TxOptions) beginAlone() string {
	begin := "begin"
	if o.Isolation != "" {
		begin += " isolation level " + string(o.Isolation)
	}
	if o.ReadOnly {
		begin += " read only"
	}
	return begin
}

// literal quotes a text whatever it holds.
func literal(text string) string {
	return "E'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\x00", "").Replace(text) + "'"
}

// InTx runs fn in a transaction and commits it, or rolls it back when fn fails or panics. When
// PostgreSQL ends the transaction with a serialization failure or a deadlock, in fn or at commit,
// the whole is tried again after a short random pause: fn must have no effect outside the
// transaction, and must return the errors it gets from it (wrapped, if it likes).
//
// Any other error of fn is returned as it is. An error of the commit is wrapped; if the connection
// broke just then, it is unknown whether the transaction took place, and it is not tried again.
func InTx(ctx context.Context, db Beginner, fn func(pgx.Tx) error) error {
	return InTxOptions(ctx, db, TxOptions{}, fn)
}

// InTxValue is InTx for a function that has a result.
func InTxValue[T any](ctx context.Context, db Beginner, fn func(pgx.Tx) (T, error)) (T, error) {
	return InTxValueOptions(ctx, db, TxOptions{}, fn)
}

// InTxOptions is InTx with a kind of transaction other than the default.
func InTxOptions(ctx context.Context, db Beginner, opts TxOptions, fn func(pgx.Tx) error) error {
	_, err := InTxValueOptions(ctx, db, opts, func(tx pgx.Tx) (struct{}, error) {
		return struct{}{}, fn(tx)
	})
	return err
}

// InTxValueOptions is InTxOptions for a function that has a result. With an error the result is
// the zero value: what fn had computed did not come true.
func InTxValueOptions[T any](ctx context.Context, db Beginner, opts TxOptions, fn func(pgx.Tx) (T, error)) (T, error) {
	return retrying(ctx, opts, func() (T, error) { return once(ctx, db, opts, fn) })
}

// retrying tries again what PostgreSQL ended to let another transaction go on.
func retrying[T any](ctx context.Context, opts TxOptions, try func() (T, error)) (T, error) {
	limit := opts.MaxAttempts
	if limit <= 0 {
		limit = defaultAttempts
	}
	var zero T
	for attempt := 1; ; attempt++ {
		value, err := try()
		switch {
		case err == nil:
			return value, nil
		case !IsRetryable(err):
			return zero, err
		case attempt >= limit:
			return zero, fmt.Errorf("transaction failed %d times: %w", attempt, err)
		}
		if waitErr := pause(ctx, attempt); waitErr != nil {
			return zero, errors.Join(waitErr, err)
		}
	}
}

func once[T any](ctx context.Context, db Beginner, opts TxOptions, fn func(pgx.Tx) (T, error)) (T, error) {
	var zero T
	tx, err := db.BeginTx(ctx, opts.begin())
	if err != nil {
		return zero, fmt.Errorf("begin transaction: %w", err)
	}
	// After a commit this does nothing. Deferred, so that a panic doesn't leave the connection in
	// a transaction.
	defer rollback(ctx, tx)
	value, err := fn(tx)
	if err != nil {
		return zero, err
	}
	if err := tx.Commit(ctx); err != nil {
		return zero, fmt.Errorf("commit transaction: %w", err)
	}
	return value, nil
}

func rollback(ctx context.Context, tx Tx) {
	// With the ended context pgx would throw the connection away.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	// The pool discards a connection whose rollback failed, and the server then rolls back.
	_ = tx.Rollback(ctx)
}

// pause waits a random time, so that those who collided don't meet again; the bound doubles with
// each attempt.
func pause(ctx context.Context, attempt int) error {
	bound := min(firstPause<<(min(attempt, 10)-1), longestPause)
	timer := time.NewTimer(rand.N(bound)) //nolint:gosec // not a secret
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
