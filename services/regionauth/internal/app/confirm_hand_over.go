package app

import (
	"context"
	"slices"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

// ConfirmHandOver takes a service's word that it holds no more work of a disabled
// user. A service speaks for itself only.
func (p People) ConfirmHandOver(ctx context.Context, caller, userID, service string, items int) error {
	if caller != "service:"+service || !slices.Contains(domain.Holders, service) {
		return fault.New(fault.Denied, "PERMISSION_DENIED", "只能确认本服务的移交")
	}
	return p.Store.ConfirmHandOver(ctx, userID, service, items)
}
