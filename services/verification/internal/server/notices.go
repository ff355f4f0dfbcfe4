package server

import (
	"context"

	"google.golang.org/genproto/googleapis/api/httpbody"

	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/notice"
)

// Notices implements NoticeService.
type Notices struct {
	verificationv1.UnimplementedNoticeServiceServer
	UseCase app.Notices
}

// GetReturnNotice implements NoticeService.
func (s *Notices) GetReturnNotice(ctx context.Context, req *verificationv1.GetReturnNoticeRequest) (*verificationv1.GetReturnNoticeResponse, error) {
	n, err := s.UseCase.Return(ctx, authorFrom(ctx), req.GetEntryId(), req.GetReason())
	if err != nil {
		return nil, err
	}
	page, err := notice.Return(n)
	if err != nil {
		return nil, err
	}
	return &verificationv1.GetReturnNoticeResponse{Page: &httpbody.HttpBody{ContentType: "text/html; charset=utf-8", Data: page}}, nil
}
