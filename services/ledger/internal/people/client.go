// Package people asks for the users of a region.
package people

import (
	"context"
	"slices"

	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	"baoxue.internal/services/ledger/internal/domain"
)

// Client implements app.People over gRPC, in the service's own name.
type Client struct{ Users authv1.UserServiceClient }

// service is this one's name.
const service = "ledger"

// Clerks implements app.People.
func (c Client) Clerks(ctx context.Context, county string) ([]string, error) {
	region := county
	if region == "" {
		region = domain.Province
	}
	resp, err := c.Users.ListColleagues(ctx, &authv1.ListColleaguesRequest{RegionCode: region})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, u := range resp.GetColleagues() {
		if slices.Contains(u.GetRoles(), commonv1.Role_ROLE_CLERK) {
			ids = append(ids, u.GetUserId())
		}
	}
	return ids, nil
}

// ConfirmHandOver implements app.People.
func (c Client) ConfirmHandOver(ctx context.Context, userID string, items int) error {
	_, err := c.Users.ConfirmHandOver(ctx, &authv1.ConfirmHandOverRequest{UserId: userID, Service: service, Items: int32(items)})
	return err
}
