package server

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/rpc"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// Webhooks implements WebhookService.
type Webhooks struct {
	reportingv1.UnimplementedWebhookServiceServer
	UseCase app.Webhooks
}

// CreateWebhook implements WebhookService.
func (s *Webhooks) CreateWebhook(ctx context.Context, req *reportingv1.CreateWebhookRequest) (*reportingv1.CreateWebhookResponse, error) {
	w, secret, err := s.UseCase.Create(ctx, domain.WebhookForm{
		URL: req.GetUrl(), Region: req.GetRegionCode(), Types: req.GetTypes(), DisplayName: req.GetDisplayName(),
	}, rpc.IdentityFrom(ctx).Name)
	if err != nil {
		return nil, err
	}
	return &reportingv1.CreateWebhookResponse{Webhook: webhookProto(w), Secret: secret}, nil
}

// ListWebhooks implements WebhookService.
func (s *Webhooks) ListWebhooks(ctx context.Context, _ *reportingv1.ListWebhooksRequest) (*reportingv1.ListWebhooksResponse, error) {
	webhooks, err := s.UseCase.Store.Webhooks(ctx)
	if err != nil {
		return nil, err
	}
	resp := &reportingv1.ListWebhooksResponse{}
	for _, w := range webhooks {
		resp.Webhooks = append(resp.Webhooks, webhookProto(w))
	}
	return resp, nil
}

// PauseWebhook implements WebhookService.
func (s *Webhooks) PauseWebhook(ctx context.Context, req *reportingv1.PauseWebhookRequest) (*reportingv1.PauseWebhookResponse, error) {
	w, err := s.UseCase.Pause(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	return &reportingv1.PauseWebhookResponse{Webhook: webhookProto(w)}, nil
}

// ResumeWebhook implements WebhookService.
func (s *Webhooks) ResumeWebhook(ctx context.Context, req *reportingv1.ResumeWebhookRequest) (*reportingv1.ResumeWebhookResponse, error) {
	w, err := s.UseCase.Resume(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	return &reportingv1.ResumeWebhookResponse{Webhook: webhookProto(w)}, nil
}

// TestWebhook implements WebhookService.
func (s *Webhooks) TestWebhook(ctx context.Context, req *reportingv1.TestWebhookRequest) (*reportingv1.TestWebhookResponse, error) {
	w, err := s.UseCase.Test(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	return &reportingv1.TestWebhookResponse{Webhook: webhookProto(w)}, nil
}

// DeleteWebhook implements WebhookService.
func (s *Webhooks) DeleteWebhook(ctx context.Context, req *reportingv1.DeleteWebhookRequest) (*reportingv1.DeleteWebhookResponse, error) {
	if err := s.UseCase.Store.DeleteWebhook(ctx, req.GetId()); err != nil {
		return nil, err
	}
	return &reportingv1.DeleteWebhookResponse{}, nil
}

var webhookStates = map[domain.WebhookState]reportingv1.WebhookState{
	domain.WebhookActive: reportingv1.WebhookState_WEBHOOK_ACTIVE, domain.WebhookPaused: reportingv1.WebhookState_WEBHOOK_PAUSED,
	domain.WebhookSuspended: reportingv1.WebhookState_WEBHOOK_SUSPENDED,
}

func webhookProto(w domain.Webhook) *reportingv1.Webhook {
	p := &reportingv1.Webhook{
		Id: w.ID, Url: w.URL, RegionCode: w.Region, Types: w.Types, DisplayName: w.DisplayName, State: webhookStates[w.State], Author: w.Author,
		CreateTime: timestamppb.New(w.CreatedAt), Waiting: int32(w.Waiting), Failures: int32(w.Failures), LastError: w.LastError,
		LastSuccessTime: timeProto(w.LastSuccess), DroppedUntilTime: timeProto(w.DroppedUntil),
	}
	if w.Waiting > 0 && w.State == domain.WebhookActive {
		p.NextAttemptTime = timeProto(w.NextAttempt)
	}
	return p
}

// timeProto is absent for a time that is not set.
func timeProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
