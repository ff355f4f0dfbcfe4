package server

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/rpc"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// Inbox implements InboxService.
type Inbox struct {
	verificationv1.UnimplementedInboxServiceServer
	Store app.InboxStore
}

func readerFrom(ctx context.Context) domain.Reader {
	id := rpc.IdentityFrom(ctx)
	return domain.Reader{ID: id.Subject, Region: id.Region}
}

// ListMessages implements InboxService.
func (s *Inbox) ListMessages(ctx context.Context, req *verificationv1.ListMessagesRequest) (*verificationv1.ListMessagesResponse, error) {
	before, err := readPlace(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	messages, err := s.Store.Messages(ctx, app.InboxQuery{
		Scope: scopeFrom(ctx), Reader: readerFrom(ctx), Unread: req.GetUnread(), Before: before, Most: size,
	})
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.ListMessagesResponse{}
	if len(messages) == size {
		messages = messages[:size-1]
		resp.NextPageToken = placeToken(messages[len(messages)-1].Place())
	}
	for _, m := range messages {
		resp.Messages = append(resp.Messages, messageProto(m))
	}
	return resp, nil
}

// CountUnread implements InboxService.
func (s *Inbox) CountUnread(ctx context.Context, _ *verificationv1.CountUnreadRequest) (*verificationv1.CountUnreadResponse, error) {
	messages, err := s.Store.Messages(ctx, app.InboxQuery{
		Scope: scopeFrom(ctx), Reader: readerFrom(ctx), Unread: true, Before: app.NewestMessage, Most: app.MostUnread,
	})
	if err != nil {
		return nil, err
	}
	return &verificationv1.CountUnreadResponse{Unread: int32(len(messages))}, nil
}

// MarkRead implements InboxService.
func (s *Inbox) MarkRead(ctx context.Context, req *verificationv1.MarkReadRequest) (*verificationv1.MarkReadResponse, error) {
	until := app.NewestMessage.At
	if req.GetUntilTime() != nil {
		until = req.GetUntilTime().AsTime()
	}
	if err := s.Store.MarkRead(ctx, scopeFrom(ctx), readerFrom(ctx), req.GetOrderIds(), until); err != nil {
		return nil, err
	}
	return &verificationv1.MarkReadResponse{}, nil
}

func messageProto(m domain.Message) *verificationv1.Message {
	step := stepProto(m.Step)
	return &verificationv1.Message{
		OrderId: m.OrderID, Number: step.GetNumber(), Kind: step.GetKind(), Title: m.Title, CountyCode: m.County, IssuerRegion: m.Issuer,
		DueOn: step.GetDueOn(), Author: step.GetAuthor(), CreateTime: step.GetCreateTime(), Read: m.Read,
	}
}

func stepProto(step domain.Step) *verificationv1.OrderStep {
	p := &verificationv1.OrderStep{
		Number: int32(step.Number), Kind: stepKindProtos[step.Kind], Text: step.Text, Author: step.Author, CreateTime: timestamppb.New(step.At),
	}
	if !step.DueOn.IsZero() {
		p.DueOn = step.DueOn.Format(time.DateOnly)
	}
	return p
}

// A message's place is a time, an order and a step's number.
const placeParts = 3

func placeToken(p domain.MessagePlace) string {
	text := p.At.UTC().Format(time.RFC3339Nano) + " " + p.OrderID + " " + strconv.Itoa(p.Number)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

func readPlace(token string) (p domain.MessagePlace, err error) {
	if token == "" {
		return app.NewestMessage, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	parts := strings.Split(string(text), " ")
	if err != nil || len(parts) != placeParts || uuid.Validate(parts[1]) != nil {
		return p, errPageToken
	}
	if p.At, err = time.Parse(time.RFC3339Nano, parts[0]); err != nil {
		return p, errPageToken
	}
	number, err := strconv.ParseInt(parts[2], 10, 32)
	if err != nil {
		return p, errPageToken
	}
	p.OrderID, p.Number = parts[1], int(number)
	return p, nil
}
