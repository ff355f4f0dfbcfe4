package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/outbox"
	"baoxue.internal/pkg/pg"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// IssueOrders implements app.OrderStore.
func (s *Store) IssueOrders(ctx context.Context, scope domain.Scope, orders []domain.Order, text string, author domain.Author) ([]domain.Order, error) {
	issued, err := pg.InTxValueOptions(ctx, s.pool, pg.TxOptions{Local: scoped(scope)}, func(tx pgx.Tx) ([]domain.Order, error) {
		issued := make([]domain.Order, len(orders))
		for i, o := range orders {
			var err error
			if issued[i], err = s.issue(ctx, tx, o, text, author); err != nil {
				return nil, fmt.Errorf("to %s: %w", o.County, err)
			}
		}
		return issued, nil
	})
	if err != nil {
		return nil, fmt.Errorf("issuing a supervision order: %w", err)
	}
	s.committed()
	return issued, nil
}

func (s *Store) issue(ctx context.Context, tx pgx.Tx, o domain.Order, text string, author domain.Author) (domain.Order, error) {
	q := db.New(tx)
	id, at, err := stamped(ctx, q)
	if err != nil {
		return o, err
	}
	sealed := s.rowFields("supervision order", id)
	title := sealed.Seal("title", o.Title)
	if err := sealed.Err(); err != nil {
		return o, err
	}
	row, err := q.InsertOrder(ctx, db.InsertOrderParams{
		ID: id, CountyCode: o.County, IssuerRegion: o.Issuer, TitleSealed: title, DueOn: o.DueOn, Author: author.Name, CreatedAt: at,
	})
	if err != nil {
		return o, err
	}
	if err := s.step(ctx, tx, row, o.DueOn, domain.Step{Kind: domain.StepIssued, Text: text, DueOn: o.DueOn}, author); err != nil {
		return o, err
	}
	return s.wholeOrder(ctx, q, row)
}

// ChangeOrder implements app.OrderStore.
func (s *Store) ChangeOrder(ctx context.Context, scope domain.Scope, id string, author domain.Author, decide func(domain.Order) (domain.Order, domain.Step, error)) (domain.Order, error) {
	changed, err := pg.InTxValueOptions(ctx, s.pool, pg.TxOptions{Local: scoped(scope)}, func(tx pgx.Tx) (domain.Order, error) {
		q := db.New(tx)
		row, err := q.LockOrder(ctx, db.LockOrderParams{ID: id, ScopeFrom: scope.From, ScopeTo: scope.To})
		if err != nil {
			return domain.Order{}, missingOrder(err)
		}
		before, err := s.orderOf(row)
		if err != nil {
			return before, err
		}
		after, step, err := decide(before)
		// Somebody else was quicker in telling what comes by itself.
		if err != nil || step.Kind == "" {
			return before, err
		}
		if err := q.SetOrder(ctx, db.SetOrderParams{
			ID: id, State: string(after.State), DueOn: after.DueOn, Received: after.Received, Replied: after.Replied,
			Reminded: after.Reminded, Escalated: after.Escalated,
		}); err != nil {
			return before, err
		}
		if err := s.step(ctx, tx, row, after.DueOn, step, author); err != nil {
			return before, err
		}
		if row, err = q.GetOrder(ctx, db.GetOrderParams{ID: id, ScopeFrom: scope.From, ScopeTo: scope.To}); err != nil {
			return before, err
		}
		return s.wholeOrder(ctx, q, row)
	})
	if err != nil {
		return domain.Order{}, fmt.Errorf("supervision order %s: %w", id, err)
	}
	s.committed()
	return changed, nil
}

// step adds what was done, after which the order is due on a day, and tells the trail and the other
// systems of it; what comes by itself has no caller.
func (s *Store) step(ctx context.Context, tx pgx.Tx, o db.SupervisionOrder, due time.Time, step domain.Step, author domain.Author) error {
	q := db.New(tx)
	at, err := q.Clock(ctx)
	if err != nil {
		return err
	}
	sealed := s.rowFields("supervision step", o.ID+" "+at.UTC().Format(time.RFC3339Nano))
	text := sealed.Seal("text", step.Text)
	if err := sealed.Err(); err != nil {
		return err
	}
	number, err := q.InsertStep(ctx, db.InsertStepParams{
		OrderID: o.ID, Kind: string(step.Kind), TextSealed: text, DueOn: pgtype.Date{Time: step.DueOn, Valid: !step.DueOn.IsZero()},
		AuthorID: author.ID, Author: author.Name, OccurredAt: at,
	})
	if err != nil {
		return err
	}
	if err := outbox.Append(ctx, tx, outbox.Event{
		Service: "verification", Name: "supervision_order_changed", Region: o.CountyCode, Time: at,
		Body: &eventv1.SupervisionOrderChanged{
			OrderId: o.ID, Step: number, Kind: string(step.Kind), CountyCode: o.CountyCode, IssuerRegion: o.IssuerRegion,
			DueOn: due.Format(time.DateOnly), OccurTime: timestamppb.New(at),
		},
	}); err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Record{
		Action: "supervision_order." + map[domain.StepKind]string{
			domain.StepIssued: "issue", domain.StepReceived: "receive", domain.StepReplied: "reply", domain.StepExtended: "extend",
			domain.StepReminded: "remind", domain.StepEscalated: "escalate", domain.StepClosed: "close",
		}[step.Kind],
		ResourceType: "supervision_order", ResourceID: o.ID, Region: o.CountyCode,
	})
}

// Order implements app.OrderStore.
func (s *Store) Order(ctx context.Context, scope domain.Scope, id string) (domain.Order, error) {
	o, err := inScope(ctx, s, scope, func(q *db.Queries) (domain.Order, error) {
		row, err := q.GetOrder(ctx, db.GetOrderParams{ID: id, ScopeFrom: scope.From, ScopeTo: scope.To})
		if err != nil {
			return domain.Order{}, missingOrder(err)
		}
		return s.wholeOrder(ctx, q, row)
	})
	if err != nil {
		return domain.Order{}, fmt.Errorf("supervision order %s: %w", id, err)
	}
	return o, nil
}

// Orders implements app.OrderStore.
func (s *Store) Orders(ctx context.Context, q app.OrderQuery) ([]domain.Order, error) {
	rows, err := inScope(ctx, s, q.Scope, func(queries *db.Queries) ([]db.SupervisionOrder, error) {
		return queries.ListOrders(ctx, db.ListOrdersParams{
			ScopeFrom: q.Scope.From, ScopeTo: q.Scope.To, Before: cmp.Or(q.Before, uuid.Max.String()), State: string(q.State),
			Overdue: q.Overdue, Escalated: q.Escalated, Today: q.Today, Most: int32(q.Most),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("supervision orders: %w", err)
	}
	orders := make([]domain.Order, len(rows))
	for i, row := range rows {
		if orders[i], err = s.orderOf(row); err != nil {
			return nil, err
		}
	}
	return orders, nil
}

// OrdersToTell implements app.OrderStore.
func (s *Store) OrdersToTell(ctx context.Context, today, soon time.Time, most int) ([]string, error) {
	ids, err := inScope(ctx, s, domain.WholeProvince, func(q *db.Queries) ([]string, error) {
		return q.ListToRemind(ctx, db.ListToRemindParams{Today: today, Soon: soon, Most: int32(most)})
	})
	if err != nil {
		return nil, fmt.Errorf("supervision orders to remind of: %w", err)
	}
	return ids, nil
}

func (s *Store) orderOf(r db.SupervisionOrder) (domain.Order, error) {
	sealed := s.rowFields("supervision order", r.ID)
	o := domain.Order{
		ID: r.ID, County: r.CountyCode, Issuer: r.IssuerRegion, Title: sealed.Unseal("title", r.TitleSealed), DueOn: r.DueOn,
		State: domain.OrderState(r.State), Received: r.Received, Replied: r.Replied, Reminded: r.Reminded, Escalated: r.Escalated,
		Author: r.Author, CreatedAt: r.CreatedAt,
	}
	return o, sealed.Err()
}

func (s *Store) wholeOrder(ctx context.Context, q *db.Queries, row db.SupervisionOrder) (domain.Order, error) {
	o, err := s.orderOf(row)
	if err != nil {
		return o, err
	}
	steps, err := q.ListSteps(ctx, row.ID)
	if err != nil {
		return o, err
	}
	for _, r := range steps {
		sealed := s.rowFields("supervision step", r.OrderID+" "+r.OccurredAt.UTC().Format(time.RFC3339Nano))
		o.Steps = append(o.Steps, domain.Step{
			Number: int(r.Number), Kind: domain.StepKind(r.Kind), Text: sealed.Unseal("text", r.TextSealed), DueOn: r.DueOn.Time,
			Author: r.Author, At: r.OccurredAt,
		})
		if err := sealed.Err(); err != nil {
			return o, err
		}
	}
	return o, nil
}

func missingOrder(err error) error {
	if errors.Is(err, pgx.ErrNoRows) || pg.Code(err) == notUUID {
		return domain.ErrOrderNotFound
	}
	return err
}
