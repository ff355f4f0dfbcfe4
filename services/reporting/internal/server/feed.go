package server

import (
	"fmt"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/fault"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
)

// Events implements ReportingEventService.
type Events struct {
	reportingv1.UnimplementedReportingEventServiceServer
	UseCase app.Subscribe
}

// Subscribe implements ReportingEventService.
func (s *Events) Subscribe(req *reportingv1.SubscribeRequest, stream grpc.ServerStreamingServer[reportingv1.SubscribeResponse]) error {
	var from app.FeedPlace
	switch start := req.GetStart().(type) {
	case *reportingv1.SubscribeRequest_Cursor:
		after, err := strconv.ParseUint(start.Cursor, 10, 64)
		if err != nil || cursorOf(after) != start.Cursor {
			return ErrCursor
		}
		from.After = after
	case *reportingv1.SubscribeRequest_StartTime:
		from.Since = start.StartTime.AsTime()
	}
	ctx := stream.Context()
	last, err := s.UseCase.Do(ctx, scopeFrom(ctx), from, req.GetTypes(), func(e app.FeedEvent) error {
		event, err := eventProto(e)
		if err != nil {
			return err
		}
		return stream.Send(&reportingv1.SubscribeResponse{Event: event, Cursor: cursorOf(e.Position)})
	})
	if err != nil {
		return err
	}
	return stream.Send(&reportingv1.SubscribeResponse{Cursor: cursorOf(last)})
}

// ErrCursor says that there is no going on from a cursor.
var ErrCursor = fault.FromViolations("CURSOR_INVALID", "事件游标无效，请从头或从某一时间开始订阅", []fault.Violation{
	{Field: "cursor", Reason: "CURSOR_INVALID", Message: "请使用上一次应答中的 cursor；所指位置的事件可能已不在消息流中"},
})

func cursorOf(position uint64) string { return strconv.FormatUint(position, 10) }

func eventProto(e app.FeedEvent) (*reportingv1.Event, error) {
	p := &reportingv1.Event{Id: e.ID, Type: e.Type, Subject: e.Subject, Time: timestamppb.New(e.At)}
	var into proto.Message
	switch e.Type {
	case "baoxue.event.v1.EntryRouted":
		payload := &eventv1.EntryRouted{}
		p.Payload, into = &reportingv1.Event_EntryRouted{EntryRouted: payload}, payload
	case "baoxue.event.v1.OutcomeChanged":
		payload := &eventv1.OutcomeChanged{}
		p.Payload, into = &reportingv1.Event_OutcomeChanged{OutcomeChanged: payload}, payload
	case "baoxue.event.v1.WorkChanged":
		payload := &eventv1.WorkChanged{}
		p.Payload, into = &reportingv1.Event_WorkChanged{WorkChanged: payload}, payload
	case "baoxue.event.v1.SupervisionOrderChanged":
		payload := &eventv1.SupervisionOrderChanged{}
		p.Payload, into = &reportingv1.Event_SupervisionOrderChanged{SupervisionOrderChanged: payload}, payload
	case app.RegionsChanged:
		payload := &eventv1.RegionsChanged{}
		p.Payload, into = &reportingv1.Event_RegionsChanged{RegionsChanged: payload}, payload
	default:
		return nil, fmt.Errorf("event %s: %q is published and has no payload here", e.ID, e.Type)
	}
	if err := proto.Unmarshal(e.Data, into); err != nil {
		return nil, fmt.Errorf("event %s: %w", e.ID, err)
	}
	return p, nil
}
