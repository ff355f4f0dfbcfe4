package app

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"baoxue.internal/services/reporting/internal/domain"
)

// WebhookStore keeps webhooks.
type WebhookStore interface {
	// CreateWebhook returns the secret that was made for it; it refuses one too many.
	CreateWebhook(ctx context.Context, w domain.Webhook) (domain.Webhook, string, error)
	// Webhooks are the newest first.
	Webhooks(ctx context.Context) ([]domain.Webhook, error)
	// ChangeWebhook stores what change makes of it, with a word of the trail's.
	ChangeWebhook(ctx context.Context, id, action string, change func(domain.Webhook) domain.Webhook) (domain.Webhook, error)
	// TestWebhook puts a test event behind what waits.
	TestWebhook(ctx context.Context, id string, e HookEvent) (domain.Webhook, error)
	DeleteWebhook(ctx context.Context, id string) error
}

// HookEvent is an event as it is sent.
type HookEvent struct {
	FeedEvent
	// Body is the CloudEvent in JSON.
	Body string
}

// Subscription is which events a webhook wants.
type Subscription struct {
	WebhookID string
	Scope     Scope
	Types     []string
}

func (s Subscription) wants(e FeedEvent) bool {
	return s.Scope.mayRead(e) && (len(s.Types) == 0 || slices.Contains(s.Types, e.Type))
}

// Telling is an event for one webhook.
type Telling struct {
	WebhookID string
	Event     HookEvent
}

// TellingStore keeps what webhooks are to be told.
type TellingStore interface {
	Subscriptions(ctx context.Context) ([]Subscription, error)
	// Enqueue keeps each once, however often it comes.
	Enqueue(ctx context.Context, tellings []Telling) error
}

// Webhooks are the use cases of webhooks.
type Webhooks struct {
	Store     WebhookStore
	Tellings  TellingStore
	Divisions Divisions
	// Reachable refuses an address that must not be called.
	Reachable func(netip.Addr) error
	// Sample is an event that tells nothing.
	Sample func(at time.Time) (HookEvent, error)
	// Wake lets what waits be sent at once.
	Wake func()
	Now  func() time.Time
}

// Create adds a webhook and returns its secret.
func (u Webhooks) Create(ctx context.Context, f domain.WebhookForm, author string) (domain.Webhook, string, error) {
	regions, err := u.Divisions.AsOf(ctx, u.Now())
	if err != nil {
		return domain.Webhook{}, "", err
	}
	known := f.Region == domain.Province.Code || slices.ContainsFunc(regions, func(r domain.Region) bool { return r.Code == f.Region })
	if err := f.Check(known, Published, u.Reachable); err != nil {
		return domain.Webhook{}, "", err
	}
	return u.Store.CreateWebhook(ctx, domain.Webhook{
		URL: f.URL, Region: f.Region, Types: f.Types, DisplayName: f.DisplayName, State: domain.WebhookActive, Author: author, CreatedAt: u.Now(),
	})
}

// Pause stops sending.
func (u Webhooks) Pause(ctx context.Context, id string) (domain.Webhook, error) {
	return u.Store.ChangeWebhook(ctx, id, "webhook.pause", domain.Webhook.Paused)
}

// Resume goes on sending.
func (u Webhooks) Resume(ctx context.Context, id string) (domain.Webhook, error) {
	w, err := u.Store.ChangeWebhook(ctx, id, "webhook.resume", func(w domain.Webhook) domain.Webhook { return w.Resumed(u.Now()) })
	u.Wake()
	return w, err
}

// Test sends a test event.
func (u Webhooks) Test(ctx context.Context, id string) (domain.Webhook, error) {
	e, err := u.Sample(u.Now())
	if err != nil {
		return domain.Webhook{}, err
	}
	w, err := u.Store.TestWebhook(ctx, id, e)
	u.Wake()
	return w, err
}

// Tell keeps the events for those webhooks that want them; body writes one as it is sent.
func (u Webhooks) Tell(ctx context.Context, events []FeedEvent, body func(FeedEvent) (string, error)) error {
	subscriptions, err := u.Tellings.Subscriptions(ctx)
	if err != nil {
		return err
	}
	var tellings []Telling
	for _, e := range events {
		told := HookEvent{FeedEvent: e}
		for _, s := range subscriptions {
			if !s.wants(e) {
				continue
			}
			if told.Body == "" {
				if told.Body, err = body(e); err != nil {
					return err
				}
			}
			tellings = append(tellings, Telling{WebhookID: s.WebhookID, Event: told})
		}
	}
	if len(tellings) == 0 {
		return nil
	}
	if err := u.Tellings.Enqueue(ctx, tellings); err != nil {
		return err
	}
	u.Wake()
	return nil
}
