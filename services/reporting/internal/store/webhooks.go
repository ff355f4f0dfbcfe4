package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store/db"
)

// Webhooks keeps webhooks, and what they are to be told.
type Webhooks struct {
	*Store
	Sealer seal.Sealer
}

const (
	// secretBytes are as many as Standard Webhooks recommends.
	secretBytes = 32
	// Any number that nothing else in this database locks.
	webhooksLock = 0x776562686F6F6B
	notUUID      = "22P02"
)

func (s Webhooks) fields(id string) *seal.Fields { return seal.NewFields(s.Sealer, "webhook "+id) }

// CreateWebhook implements app.WebhookStore.
func (s Webhooks) CreateWebhook(ctx context.Context, w domain.Webhook) (domain.Webhook, string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return w, "", err
	}
	key := make([]byte, secretBytes)
	_, _ = rand.Read(key)
	w.ID = id.String()
	secret, sealed := "whsec_"+base64.StdEncoding.EncodeToString(key), s.fields(w.ID)
	params := db.InsertWebhookParams{
		ID: w.ID, UrlSealed: sealed.Seal("url", w.URL), SecretSealed: sealed.Seal("secret", secret), RegionCode: w.Region,
		Types: append([]string{}, w.Types...), DisplayName: w.DisplayName, Author: w.Author, CreatedAt: w.CreatedAt,
	}
	if err := sealed.Err(); err != nil {
		return w, "", err
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.LockWebhooks(ctx, webhooksLock); err != nil {
			return err
		}
		n, err := q.CountWebhooks(ctx)
		if err != nil {
			return err
		}
		if n >= domain.MostWebhooks {
			return domain.ErrTooManyWebhooks
		}
		if err := q.InsertWebhook(ctx, params); err != nil {
			return err
		}
		return audit.Append(ctx, tx, webhookRecord("webhook.create", w.ID, w.Region))
	})
	if err != nil {
		return w, "", fmt.Errorf("creating a webhook: %w", err)
	}
	return w, secret, nil
}

func webhookRecord(action, id, region string) audit.Record {
	return audit.Record{Action: action, ResourceType: "webhook", ResourceID: id, Region: region}
}

// Webhooks implements app.WebhookStore.
func (s Webhooks) Webhooks(ctx context.Context) ([]domain.Webhook, error) {
	return s.list(ctx, db.New(s.pool))
}

func (s Webhooks) list(ctx context.Context, q *db.Queries, ids ...string) ([]domain.Webhook, error) {
	rows, err := q.ListWebhooks(ctx, append([]string{}, ids...))
	if err != nil {
		return nil, fmt.Errorf("webhooks: %w", err)
	}
	webhooks := make([]domain.Webhook, len(rows))
	for i, r := range rows {
		if webhooks[i], _, err = s.open(r.Webhook); err != nil {
			return nil, err
		}
		webhooks[i].Waiting = int(r.Waiting)
	}
	return webhooks, nil
}

// open returns a webhook and its secret.
func (s Webhooks) open(r db.Webhook) (domain.Webhook, string, error) {
	sealed := s.fields(r.ID)
	w := domain.Webhook{
		ID: r.ID, URL: sealed.Unseal("url", r.UrlSealed), Region: r.RegionCode, Types: r.Types, DisplayName: r.DisplayName,
		State: domain.WebhookState(r.State), Author: r.Author, CreatedAt: r.CreatedAt, Failures: int(r.Failures), FailingSince: instant(r.FailingSince),
		LastError: r.LastError, NextAttempt: r.NextAttemptAt, LastSuccess: instant(r.LastSuccessAt), DroppedUntil: instant(r.DroppedUntil),
	}
	secret := sealed.Unseal("secret", r.SecretSealed)
	if err := sealed.Err(); err != nil {
		return w, "", fmt.Errorf("webhook %s: %w", r.ID, err)
	}
	return w, secret, nil
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// ChangeWebhook implements app.WebhookStore.
func (s Webhooks) ChangeWebhook(ctx context.Context, id, action string, change func(domain.Webhook) domain.Webhook) (domain.Webhook, error) {
	return s.on(ctx, id, action, func(q *db.Queries, w domain.Webhook) error { return set(ctx, q, change(w)) })
}

// TestWebhook implements app.WebhookStore.
func (s Webhooks) TestWebhook(ctx context.Context, id string, e app.HookEvent) (domain.Webhook, error) {
	return s.on(ctx, id, "webhook.test", func(q *db.Queries, w domain.Webhook) error {
		return q.EnqueueEvents(ctx, queued([]app.Telling{{WebhookID: w.ID, Event: e}}))
	})
}

// DeleteWebhook implements app.WebhookStore.
func (s Webhooks) DeleteWebhook(ctx context.Context, id string) error {
	_, err := s.on(ctx, id, "webhook.delete", func(q *db.Queries, w domain.Webhook) error {
		_, err := q.DeleteWebhook(ctx, w.ID)
		return err
	})
	return err
}

// on does something about a webhook and tells the trail; it returns what is then.
func (s Webhooks) on(ctx context.Context, id, action string, do func(*db.Queries, domain.Webhook) error) (w domain.Webhook, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.LockWebhook(ctx, id)
		if errors.Is(err, pgx.ErrNoRows) || pg.Code(err) == notUUID {
			return domain.ErrWebhookUnknown
		}
		if err != nil {
			return err
		}
		if w, _, err = s.open(row); err != nil {
			return err
		}
		if err := do(q, w); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, webhookRecord(action, w.ID, w.Region)); err != nil {
			return err
		}
		now, err := s.list(ctx, q, w.ID)
		if err == nil && len(now) == 1 {
			w = now[0]
		}
		return err
	})
	if err != nil {
		return w, fmt.Errorf("webhook %s: %w", id, err)
	}
	return w, nil
}

func set(ctx context.Context, q *db.Queries, w domain.Webhook) error {
	return q.SetWebhook(ctx, db.SetWebhookParams{
		ID: w.ID, State: string(w.State), Failures: int32(w.Failures), FailingSince: optional(w.FailingSince), LastError: w.LastError,
		NextAttemptAt: w.NextAttempt, LastSuccessAt: optional(w.LastSuccess),
	})
}

// Subscriptions implements app.TellingStore.
func (s Webhooks) Subscriptions(ctx context.Context) ([]app.Subscription, error) {
	rows, err := db.New(s.pool).ListSubscriptions(ctx)
	if err != nil {
		return nil, fmt.Errorf("webhooks' subscriptions: %w", err)
	}
	all := make([]app.Subscription, len(rows))
	for i, r := range rows {
		all[i] = app.Subscription{WebhookID: r.ID, Scope: app.ScopeOf(r.RegionCode), Types: r.Types}
	}
	return all, nil
}

// Enqueue implements app.TellingStore.
func (s Webhooks) Enqueue(ctx context.Context, tellings []app.Telling) error {
	// It fails when one was deleted since; then all come again, without it.
	if err := db.New(s.pool).EnqueueEvents(ctx, queued(tellings)); err != nil {
		return fmt.Errorf("queueing events for webhooks: %w", err)
	}
	return nil
}

func queued(tellings []app.Telling) (p db.EnqueueEventsParams) {
	for _, t := range tellings {
		p.WebhookIds, p.EventIds = append(p.WebhookIds, t.WebhookID), append(p.EventIds, t.Event.ID)
		p.Bodies, p.Times = append(p.Bodies, t.Event.Body), append(p.Times, t.Event.At)
	}
	return p
}

// NextMessage implements app.MessageQueue.
func (s Webhooks) NextMessage(ctx context.Context, now, until time.Time) (m app.Message, due bool, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.ClaimWebhook(ctx, db.ClaimWebhookParams{Now: now, Until: until})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		due = true
		if m.Webhook, m.Secret, err = s.open(row); err != nil {
			return err
		}
		begun, err := q.UnfinishedMessage(ctx, row.ID)
		if err != nil {
			return err
		}
		for _, e := range begun {
			m.ID, m.Events = e.MessageID, append(m.Events, e.Body)
		}
		if len(begun) > 0 {
			return nil
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		m.ID = id.String()
		m.Events, err = q.NextMessage(ctx, db.NextMessageParams{WebhookID: row.ID, MessageID: m.ID, Most: domain.MostInMessage})
		return err
	})
	if err != nil {
		return m, false, fmt.Errorf("next webhook message: %w", err)
	}
	return m, due, nil
}

// Settle implements app.MessageQueue. Whoever paused or deleted it meanwhile has the last word.
func (s Webhooks) Settle(ctx context.Context, m app.Message, after domain.Webhook, arrived bool) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.LockWebhook(ctx, m.Webhook.ID)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if now := domain.WebhookState(row.State); now != m.Webhook.State {
			after.State = now
		}
		if arrived {
			if err := q.MessageArrived(ctx, db.MessageArrivedParams{WebhookID: m.Webhook.ID, MessageID: m.ID, At: &after.LastSuccess}); err != nil {
				return err
			}
		}
		return set(ctx, q, after)
	})
	if err != nil {
		return fmt.Errorf("webhook %s: %w", m.Webhook.ID, err)
	}
	return nil
}

// Forget implements app.MessageQueue.
func (s Webhooks) Forget(ctx context.Context, delivered, waiting time.Time) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.ForgetDelivered(ctx, delivered); err != nil {
			return err
		}
		return q.DropWaiting(ctx, waiting)
	})
	if err != nil {
		return fmt.Errorf("old webhook events: %w", err)
	}
	return nil
}

// FailingWebhooks counts those that have been out of order since an instant, or are suspended.
func (s *Store) FailingWebhooks(ctx context.Context, since time.Time) (int64, error) {
	n, err := db.New(s.pool).CountFailing(ctx, since)
	if err != nil {
		return 0, fmt.Errorf("webhooks out of order: %w", err)
	}
	return n, nil
}
