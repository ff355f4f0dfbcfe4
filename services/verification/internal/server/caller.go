package server

import (
	"context"

	"baoxue.internal/pkg/rpc"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	"baoxue.internal/services/verification/internal/domain"
)

func authorFrom(ctx context.Context) domain.Author {
	id := rpc.IdentityFrom(ctx)
	return domain.Author{ID: id.Subject, Name: id.Name, Province: id.Level == commonv1.Level_LEVEL_PROVINCE}
}
