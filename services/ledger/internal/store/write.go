package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/outbox"
	"baoxue.internal/pkg/pg"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// MoveEntry implements app.Mover.
func (s *Store) MoveEntry(ctx context.Context, scope domain.Scope, id, county, reason, actor string) (domain.Entry, error) {
	moved, err := pg.InTxValueOptions(ctx, s.pool, pg.TxOptions{Local: scoped(scope)}, func(tx pgx.Tx) (db.Entry, error) {
		return move(ctx, tx, scope, domain.Move{EntryID: id, To: county, RoutingReason: "ASSIGNED", Reason: reason, Actor: actor})
	})
	if err != nil {
		return domain.Entry{}, fmt.Errorf("moving entry %s: %w", id, err)
	}
	s.committed()
	return s.entryOf(&moved)
}

// move gives an entry within the scope to another county, and tells so. An offer that
// nobody accepted is void.
func move(ctx context.Context, tx pgx.Tx, scope domain.Scope, m domain.Move) (db.Entry, error) {
	q := db.New(tx)
	was, err := q.LockEntry(ctx, db.LockEntryParams{ID: m.EntryID, ScopeFrom: scope.From(), ScopeTo: scope.To()})
	if errors.Is(err, pgx.ErrNoRows) {
		return db.Entry{}, domain.ErrNotFound
	}
	if err != nil {
		return db.Entry{}, err
	}
	if was.CountyCode == m.To {
		return db.Entry{}, fault.New(fault.Precondition, "ENTRY_ALREADY_THERE", "这条记录已由该地区处理")
	}
	e, err := q.MoveEntry(ctx, db.MoveEntryParams{ID: m.EntryID, CountyCode: m.To, RoutingReason: m.RoutingReason})
	if err != nil {
		return db.Entry{}, err
	}
	if err := q.InsertRouting(ctx, db.InsertRoutingParams{
		EntryID: e.ID, Version: e.RoutingVersion, CountyCode: m.To, Source: e.Source, Reason: m.Reason, Actor: m.Actor, OccurredAt: e.UpdatedAt,
	}); err != nil {
		return db.Entry{}, err
	}
	if err := q.VoidTransfer(ctx, e.ID); err != nil {
		return db.Entry{}, err
	}
	if err := audit.Append(ctx, tx, assigned(e.ID, was.CountyCode, m.To, m.Reason)); err != nil {
		return db.Entry{}, err
	}
	return e, outbox.Append(ctx, tx, routed(e.ID, e.RoutingVersion, m.To, e.Source, "", e.UpdatedAt))
}

func routed(id string, version int64, county string, source int16, importID string, at time.Time) outbox.Event {
	return outbox.Event{
		Service: "ledger", Name: "entry_routed", Region: county, Time: at,
		Body: &eventv1.EntryRouted{
			EntryId: id, Version: int32(version), CountyCode: county, Source: int32(source), ImportId: importID,
			OccurTime: timestamppb.New(microseconds(at)),
		},
	}
}

// CountAsOf implements app.Counter.
func (s *Store) CountAsOf(ctx context.Context, cutoff time.Time) ([]app.OutcomeCount, error) {
	var rows []db.CountAsOfRow
	err := s.read(ctx, domain.ProvinceScope(), func(tx pgx.Tx) (err error) {
		rows, err = db.New(tx).CountAsOf(ctx, cutoff)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counting as of %s: %w", cutoff, err)
	}
	counts := make([]app.OutcomeCount, len(rows))
	for i, r := range rows {
		counts[i] = app.OutcomeCount{County: r.CountyCode, Source: domain.Source(r.Source), Code: r.Code, Entries: r.Entries}
	}
	return counts, nil
}
