package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// Messages implements app.InboxStore.
func (s *Store) Messages(ctx context.Context, q app.InboxQuery) ([]domain.Message, error) {
	county, issuer, other := q.Reader.Told()
	rows, err := inScope(ctx, s, q.Scope, func(queries *db.Queries) ([]db.ListMessagesRow, error) {
		return queries.ListMessages(ctx, db.ListMessagesParams{
			Reader: q.Reader.ID, Region: q.Reader.Region, OnlyUnread: q.Unread,
			CountyKinds: names(county), IssuerKinds: names(issuer), OtherKinds: names(other),
			BeforeAt: q.Before.At, BeforeOrder: q.Before.OrderID, BeforeNumber: int32(q.Before.Number), Most: int32(q.Most),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	messages := make([]domain.Message, len(rows))
	for i, r := range rows {
		sealed := s.rowFields("supervision order", r.OrderID)
		messages[i] = domain.Message{
			OrderID: r.OrderID, Title: sealed.Unseal("title", r.TitleSealed), County: r.CountyCode, Issuer: r.IssuerRegion, Read: r.Read,
			Step: domain.Step{Number: int(r.Number), Kind: domain.StepKind(r.Kind), DueOn: r.DueOn.Time, Author: r.Author, At: r.OccurredAt},
		}
		if err := sealed.Err(); err != nil {
			return nil, fmt.Errorf("inbox: order %s: %w", r.OrderID, err)
		}
	}
	return messages, nil
}

// MarkRead implements app.InboxStore.
func (s *Store) MarkRead(ctx context.Context, scope domain.Scope, reader domain.Reader, orderIDs []string, until time.Time) error {
	err := pg.InTxOptions(ctx, s.pool, pg.TxOptions{Local: scoped(scope)}, func(tx pgx.Tx) error {
		return db.New(tx).MarkRead(ctx, db.MarkReadParams{Reader: reader.ID, OrderIds: append([]string{}, orderIDs...), Until: until})
	})
	if err != nil {
		return fmt.Errorf("inbox: %w", err)
	}
	return nil
}

func names(kinds []domain.StepKind) []string {
	texts := make([]string, len(kinds))
	for i, k := range kinds {
		texts[i] = string(k)
	}
	return texts
}
