package server

import (
	"context"

	"baoxue.internal/pkg/rpc"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
)

// ListColleagues implements UserService. A user is told of the own region, whatever
// the request names.
func (s *Users) ListColleagues(ctx context.Context, req *authv1.ListColleaguesRequest) (*authv1.ListColleaguesResponse, error) {
	id := rpc.IdentityFrom(ctx)
	region := id.Region
	if id.Level == commonv1.Level_LEVEL_UNSPECIFIED {
		region = req.GetRegionCode()
	}
	users, err := s.Colleagues.List(ctx, region)
	if err != nil {
		return nil, err
	}
	resp := &authv1.ListColleaguesResponse{}
	for _, u := range users {
		resp.Colleagues = append(resp.Colleagues, &authv1.Colleague{UserId: u.ID, DisplayName: u.DisplayName, Roles: RolesProto(u.Roles)})
	}
	return resp, nil
}
