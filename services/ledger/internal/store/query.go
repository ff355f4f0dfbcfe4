package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// CheckNumbers implements app.QueryStore.
func (s *Store) CheckNumbers(ctx context.Context, scope domain.Scope, numbers []string) ([][]app.Checked, error) {
	indexes := make([][]byte, len(numbers))
	for i, n := range numbers {
		indexes[i] = s.sealer.Index(numberIndex, n)
	}
	var rows []db.CheckNumbersRow
	err := s.write(ctx, scope, func(tx pgx.Tx) (err error) {
		rows, err = db.New(tx).CheckNumbers(ctx, db.CheckNumbersParams{Indexes: indexes, ScopeFrom: scope.From(), ScopeTo: scope.To()})
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, checked(len(numbers), len(rows)))
	})
	if err != nil {
		return nil, fmt.Errorf("checking numbers: %w", err)
	}
	found := make(map[string][]app.Checked, len(rows))
	for _, r := range rows {
		index := string(r.IDNumberIndex)
		found[index] = append(found[index], app.Checked{
			EntryID: r.ID, Source: domain.Source(r.Source), County: r.CountyCode, Status: domain.Status(r.Status), Code: r.Code,
		})
	}
	checks := make([][]app.Checked, len(numbers))
	for i, index := range indexes {
		checks[i] = found[string(index)]
	}
	return checks, nil
}

// ListFeed implements app.QueryStore.
func (s *Store) ListFeed(ctx context.Context, scope domain.Scope, after app.FeedPlace, most int) (page app.FeedPage, err error) {
	var rows []db.EntryChange
	err = s.read(ctx, scope, func(tx pgx.Tx) error {
		q := db.New(tx)
		horizon, err := q.Horizon(ctx)
		if err != nil {
			return err
		}
		// A database that was restored elsewhere counts its transactions anew.
		if after.Tx > horizon.Begun {
			return errCursor
		}
		rows, err = q.ChangesAfter(ctx, db.ChangesAfterParams{
			Tx: after.Tx, Position: after.Position, Settled: horizon.Settled,
			ScopeFrom: scope.From(), ScopeTo: scope.To(), Most: int32(most),
		})
		page.More = len(rows) == most
		if page.Next = after; !page.More && horizon.Settled > after.Tx {
			// All before the horizon has been seen, also what was of no interest.
			page.Next = app.FeedPlace{Tx: horizon.Settled}
		}
		return err
	})
	if err != nil {
		return app.FeedPage{}, fmt.Errorf("listing changes: %w", err)
	}
	for _, r := range rows {
		page.Changes = append(page.Changes, changeOf(scope, r))
	}
	if page.More {
		last := rows[len(rows)-1]
		page.Next = app.FeedPlace{Tx: last.Tx, Position: last.Position}
	}
	return page, nil
}

// changeOf tells of an entry that has left the scope nothing but that.
func changeOf(scope domain.Scope, r db.EntryChange) app.FeedChange {
	if r.CountyCode < scope.From() || r.CountyCode > scope.To() {
		return app.FeedChange{EntryID: r.EntryID, Kind: app.FeedLeft, At: r.ChangedAt}
	}
	return app.FeedChange{
		EntryID: r.EntryID, Kind: app.FeedKind(r.Kind), County: r.CountyCode, Status: domain.Status(r.Status), Code: r.Code,
		Revision: r.Revision, At: r.ChangedAt,
	}
}

var errCursor = fault.New(fault.Invalid, "CURSOR_INVALID", "变更游标无效，请从头开始读取")
