package server

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
)

// Users implements UserService.
type Users struct {
	authv1.UnimplementedUserServiceServer
	People     app.People
	Colleagues app.Colleagues
}

func userProto(u domain.User, regions *domain.Regions) *authv1.User {
	region, _ := regions.Get(u.Region)
	return &authv1.User{
		Id: u.ID, Username: u.Username, DisplayName: u.DisplayName, Level: commonv1.Level(u.Level),
		RegionCode: u.Region, RegionName: region.Name, CreateTime: timestamppb.New(u.CreatedAt),
		Roles: RolesProto(u.Roles), Disabled: u.Disabled, DisableTime: timeProto(u.DisabledAt),
		MustChangePassword: u.MustChangePassword, Totp: u.Totp.Confirmed, ExternalId: u.ExternalID,
		LastLoginTime: timeProto(u.LastLoginAt), LockedUntilTime: timeProto(u.LockedUntil),
	}
}

// timeProto is absent for never.
func timeProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// RolesProto are the contract's.
func RolesProto(roles []domain.Role) []commonv1.Role {
	out := make([]commonv1.Role, len(roles))
	for i, r := range roles {
		out[i] = commonv1.Role(r)
	}
	return out
}

func rolesOf(roles []commonv1.Role) []domain.Role {
	out := make([]domain.Role, len(roles))
	for i, r := range roles {
		out[i] = domain.Role(r)
	}
	return out
}

func manager(ctx context.Context) domain.Manager {
	id := rpc.IdentityFrom(ctx)
	return domain.Manager{ID: id.Subject, Level: domain.RegionLevel(id.Level), Region: id.Region}
}

func (s *Users) proto(u domain.User) *authv1.User { return userProto(u, s.People.Regions.Table()) }

// ListUsers implements UserService.
func (s *Users) ListUsers(ctx context.Context, req *authv1.ListUsersRequest) (*authv1.ListUsersResponse, error) {
	users, next, err := s.People.List(ctx, manager(ctx), app.UserQuery{
		Region: req.GetRegionCode(), Q: req.GetQ(), Size: int(req.GetPageSize()), PageToken: req.GetPageToken(),
	})
	if err != nil {
		return nil, err
	}
	resp := &authv1.ListUsersResponse{NextPageToken: next}
	for _, u := range users {
		resp.Users = append(resp.Users, s.proto(u))
	}
	return resp, nil
}

// GetUser implements UserService.
func (s *Users) GetUser(ctx context.Context, req *authv1.GetUserRequest) (*authv1.GetUserResponse, error) {
	user, err := s.People.Get(ctx, manager(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &authv1.GetUserResponse{User: s.proto(user)}, nil
}

// CreateUser implements UserService.
func (s *Users) CreateUser(ctx context.Context, req *authv1.CreateUserRequest) (*authv1.CreateUserResponse, error) {
	user, err := s.People.Create(ctx, manager(ctx), domain.NewUser{
		Username: req.GetUsername(), Password: req.GetPassword(), DisplayName: req.GetDisplayName(),
		Level: domain.RegionLevel(req.GetLevel()), Region: req.GetRegionCode(), Roles: rolesOf(req.GetRoles()), ExternalID: req.GetExternalId(),
	})
	if err != nil {
		return nil, err
	}
	return &authv1.CreateUserResponse{User: s.proto(user)}, nil
}

// UpdateUser implements UserService. Without a mask, what is filled in is changed.
func (s *Users) UpdateUser(ctx context.Context, req *authv1.UpdateUserRequest) (*authv1.UpdateUserResponse, error) {
	u := req.GetUser()
	if uuid.Validate(u.GetId()) != nil {
		return nil, domain.ErrNoUser
	}
	paths := req.GetUpdateMask().GetPaths()
	if len(paths) == 0 {
		for path, filled := range map[string]bool{
			"display_name": u.GetDisplayName() != "", "region_code": u.GetRegionCode() != "", "roles": len(u.GetRoles()) > 0, "external_id": u.GetExternalId() != "",
		} {
			if filled {
				paths = append(paths, path)
			}
		}
	}
	var c domain.UserChange
	if err := masked(paths, map[string]func(){
		"display_name": func() { c.DisplayName = &u.DisplayName },
		"region_code":  func() { c.Region = &u.RegionCode },
		"roles": func() {
			roles := rolesOf(u.GetRoles())
			c.Roles = &roles
		},
		"external_id": func() { c.ExternalID = &u.ExternalId },
	}); err != nil {
		return nil, err
	}
	user, err := s.People.Update(ctx, manager(ctx), u.GetId(), c)
	if err != nil {
		return nil, err
	}
	return &authv1.UpdateUserResponse{User: s.proto(user)}, nil
}

// masked does what belongs to each path of a field mask; a path that can't be
// changed is a violation.
func masked(paths []string, change map[string]func()) error {
	var violations []fault.Violation
	for _, path := range paths {
		if do, ok := change[path]; ok {
			do()
			continue
		}
		violations = append(violations, fault.Violation{Field: "update_mask", Reason: "INVALID_REQUEST", Message: "不能修改 " + path + "，可修改：" + names(change)})
	}
	return fault.FromViolations("INVALID_REQUEST", "修改内容有误，请按提示修改", violations)
}

func names(change map[string]func()) string {
	var all []string
	for name := range change {
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, "、")
}

// DisableUser implements UserService.
func (s *Users) DisableUser(ctx context.Context, req *authv1.DisableUserRequest) (*authv1.DisableUserResponse, error) {
	user, err := s.People.Disable(ctx, manager(ctx), app.Disabling{ID: req.GetId(), Reason: req.GetReason(), Successor: req.GetHandOverTo()})
	if err != nil {
		return nil, err
	}
	return &authv1.DisableUserResponse{User: s.proto(user)}, nil
}

// EnableUser implements UserService.
func (s *Users) EnableUser(ctx context.Context, req *authv1.EnableUserRequest) (*authv1.EnableUserResponse, error) {
	user, err := s.People.Enable(ctx, manager(ctx), req.GetId(), req.GetReason())
	if err != nil {
		return nil, err
	}
	return &authv1.EnableUserResponse{User: s.proto(user)}, nil
}

// DeleteUser implements UserService.
func (s *Users) DeleteUser(ctx context.Context, req *authv1.DeleteUserRequest) (*authv1.DeleteUserResponse, error) {
	if err := s.People.Delete(ctx, manager(ctx), req.GetId()); err != nil {
		return nil, err
	}
	return &authv1.DeleteUserResponse{}, nil
}

// ResetPassword implements UserService.
func (s *Users) ResetPassword(ctx context.Context, req *authv1.ResetPasswordRequest) (*authv1.ResetPasswordResponse, error) {
	password, err := s.People.ResetPassword(ctx, manager(ctx), req.GetId(), req.GetReason())
	if err != nil {
		return nil, err
	}
	return &authv1.ResetPasswordResponse{Password: password}, nil
}

// ConfirmHandOver implements UserService.
func (s *Users) ConfirmHandOver(ctx context.Context, req *authv1.ConfirmHandOverRequest) (*authv1.ConfirmHandOverResponse, error) {
	err := s.People.ConfirmHandOver(ctx, rpc.IdentityFrom(ctx).Subject, req.GetUserId(), req.GetService(), int(req.GetItems()))
	if err != nil {
		return nil, err
	}
	return &authv1.ConfirmHandOverResponse{}, nil
}
