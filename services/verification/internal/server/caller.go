package server

import (
	"context"
	"strings"

	"baoxue.internal/pkg/rpc"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	"baoxue.internal/services/verification/internal/domain"
)

func authorFrom(ctx context.Context) domain.Author {
	id := rpc.IdentityFrom(ctx)
	return domain.Author{
		ID: id.Subject, Name: id.Name, Province: id.Level == commonv1.Level_LEVEL_PROVINCE,
		Address: rpc.ClientAddress(ctx), CallID: rpc.RequestID(ctx),
	}
}

// scopeFrom is what the caller sees. A service account sees what it is limited to, and
// without a region nothing.
func scopeFrom(ctx context.Context) domain.Scope {
	id := rpc.IdentityFrom(ctx)
	if id.Region == "" {
		return domain.Scope{}
	}
	return regionScope(id.Region)
}

// regionScope are the counties of a region: the province or nothing selects all, a city
// its counties, a county itself, "none" the province's own queue.
func regionScope(region string) domain.Scope {
	switch {
	case region == "" || strings.HasSuffix(region, "0000"):
		return domain.WholeProvince
	case region == "none":
		return domain.Scope{To: "000000"}
	case strings.HasSuffix(region, "00"):
		return domain.Scope{From: region, To: region[:4] + "99"}
	}
	return domain.Scope{From: region, To: region}
}
