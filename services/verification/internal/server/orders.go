package server

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/rpc"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// Orders implements SupervisionOrderService.
type Orders struct {
	verificationv1.UnimplementedSupervisionOrderServiceServer
	UseCase app.Orders
}

var (
	orderStates = map[verificationv1.OrderState]domain.OrderState{
		verificationv1.OrderState_ORDER_OPEN: domain.OrderOpen, verificationv1.OrderState_ORDER_CLOSED: domain.OrderClosed,
	}
	orderStateProtos = map[domain.OrderState]verificationv1.OrderState{
		domain.OrderOpen: verificationv1.OrderState_ORDER_OPEN, domain.OrderClosed: verificationv1.OrderState_ORDER_CLOSED,
	}
	stepKindProtos = map[domain.StepKind]verificationv1.OrderStepKind{
		domain.StepIssued:    verificationv1.OrderStepKind_ORDER_ISSUED,
		domain.StepReceived:  verificationv1.OrderStepKind_ORDER_RECEIVED,
		domain.StepReplied:   verificationv1.OrderStepKind_ORDER_REPLIED,
		domain.StepExtended:  verificationv1.OrderStepKind_ORDER_EXTENDED,
		domain.StepReminded:  verificationv1.OrderStepKind_ORDER_REMINDED,
		domain.StepEscalated: verificationv1.OrderStepKind_ORDER_ESCALATED,
		domain.StepClosed:    verificationv1.OrderStepKind_ORDER_STEP_CLOSED,
	}
)

// IssueOrder implements SupervisionOrderService.
func (s *Orders) IssueOrder(ctx context.Context, req *verificationv1.IssueOrderRequest) (*verificationv1.IssueOrderResponse, error) {
	orders, err := s.UseCase.Issue(ctx, scopeFrom(ctx), authorFrom(ctx), rpc.IdentityFrom(ctx).Region, domain.OrderForm{
		To: []domain.Addressee{{County: req.GetCountyCode(), Field: "county_code"}}, Title: req.GetTitle(), Text: req.GetText(), DueOn: req.GetDueOn(),
	})
	if err != nil {
		return nil, err
	}
	return &verificationv1.IssueOrderResponse{Order: s.proto(orders[0])}, nil
}

// BatchIssueOrders implements SupervisionOrderService.
func (s *Orders) BatchIssueOrders(ctx context.Context, req *verificationv1.BatchIssueOrdersRequest) (*verificationv1.BatchIssueOrdersResponse, error) {
	form := domain.OrderForm{Title: req.GetTitle(), Text: req.GetText(), DueOn: req.GetDueOn()}
	for i, county := range req.GetCountyCodes() {
		form.To = append(form.To, domain.Addressee{County: county, Field: fmt.Sprintf("county_codes[%d]", i)})
	}
	orders, err := s.UseCase.Issue(ctx, scopeFrom(ctx), authorFrom(ctx), rpc.IdentityFrom(ctx).Region, form)
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.BatchIssueOrdersResponse{}
	for _, o := range orders {
		resp.Orders = append(resp.Orders, s.proto(o))
	}
	return resp, nil
}

// ListOrders implements SupervisionOrderService.
func (s *Orders) ListOrders(ctx context.Context, req *verificationv1.ListOrdersRequest) (*verificationv1.ListOrdersResponse, error) {
	if err := checkIDToken(req.GetPageToken()); err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	orders, err := s.UseCase.Store.Orders(ctx, app.OrderQuery{
		Scope: scopeFrom(ctx).Within(regionScope(req.GetRegion())), State: orderStates[req.GetState()], Overdue: req.GetOverdue(), Escalated: req.GetEscalated(),
		Today: domain.Today(s.UseCase.Now()), Before: req.GetPageToken(), Most: size,
	})
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.ListOrdersResponse{}
	for i, o := range orders {
		if i == size-1 {
			resp.NextPageToken = orders[i-1].ID
			break
		}
		resp.Orders = append(resp.Orders, s.proto(o))
	}
	return resp, nil
}

// GetOrder implements SupervisionOrderService.
func (s *Orders) GetOrder(ctx context.Context, req *verificationv1.GetOrderRequest) (*verificationv1.GetOrderResponse, error) {
	o, err := s.UseCase.Store.Order(ctx, scopeFrom(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &verificationv1.GetOrderResponse{Order: s.proto(o)}, nil
}

// ReceiveOrder implements SupervisionOrderService.
func (s *Orders) ReceiveOrder(ctx context.Context, req *verificationv1.ReceiveOrderRequest) (*verificationv1.ReceiveOrderResponse, error) {
	o, err := s.act(ctx, req.GetId(), domain.OrderAction{Kind: domain.StepReceived})
	return &verificationv1.ReceiveOrderResponse{Order: o}, err
}

// ReplyToOrder implements SupervisionOrderService.
func (s *Orders) ReplyToOrder(ctx context.Context, req *verificationv1.ReplyToOrderRequest) (*verificationv1.ReplyToOrderResponse, error) {
	o, err := s.act(ctx, req.GetId(), domain.OrderAction{Kind: domain.StepReplied, Text: req.GetText()})
	return &verificationv1.ReplyToOrderResponse{Order: o}, err
}

// ExtendOrder implements SupervisionOrderService.
func (s *Orders) ExtendOrder(ctx context.Context, req *verificationv1.ExtendOrderRequest) (*verificationv1.ExtendOrderResponse, error) {
	o, err := s.act(ctx, req.GetId(), domain.OrderAction{Kind: domain.StepExtended, Text: req.GetText(), DueOn: req.GetDueOn()})
	return &verificationv1.ExtendOrderResponse{Order: o}, err
}

// CloseOrder implements SupervisionOrderService.
func (s *Orders) CloseOrder(ctx context.Context, req *verificationv1.CloseOrderRequest) (*verificationv1.CloseOrderResponse, error) {
	o, err := s.act(ctx, req.GetId(), domain.OrderAction{Kind: domain.StepClosed, Text: req.GetText()})
	return &verificationv1.CloseOrderResponse{Order: o}, err
}

func (s *Orders) act(ctx context.Context, id string, a domain.OrderAction) (*verificationv1.SupervisionOrder, error) {
	a.Region = rpc.IdentityFrom(ctx).Region
	o, err := s.UseCase.Act(ctx, scopeFrom(ctx), id, authorFrom(ctx), a)
	if err != nil {
		return nil, err
	}
	return s.proto(o), nil
}

func (s *Orders) proto(o domain.Order) *verificationv1.SupervisionOrder {
	p := &verificationv1.SupervisionOrder{
		Id: o.ID, CountyCode: o.County, IssuerRegion: o.Issuer, Title: o.Title, DueOn: o.DueOn.Format(time.DateOnly),
		State: orderStateProtos[o.State], Received: o.Received, Replied: o.Replied, Overdue: o.Overdue(domain.Today(s.UseCase.Now())),
		Escalated: o.Escalated, Author: o.Author, CreateTime: timestamppb.New(o.CreatedAt),
	}
	for _, step := range o.Steps {
		p.Steps = append(p.Steps, stepProto(step))
	}
	return p
}
