package standalone

import (
	"context"
	"crypto/rand"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"baoxue.internal/pkg/fault"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

// Enrol creates a user as an administrator would and changes the first password as
// the user would. conn calls regionauth anonymously. Who is there already stays as
// they are, unless an enrolment was interrupted half way.
func Enrol(ctx context.Context, conn grpc.ClientConnInterface, administrator string, u DemoUser, password string) error {
	auth, users := authv1.NewAuthServiceClient(conn), authv1.NewUserServiceClient(conn)
	asAdministrator, first := withToken(ctx, administrator), rand.Text()
	_, err := users.CreateUser(asAdministrator, &authv1.CreateUserRequest{
		Username: u.Username, Password: first, DisplayName: u.DisplayName, Level: u.Level, RegionCode: u.Region, Roles: u.Roles,
	})
	if fault.Is(err, "USERNAME_TAKEN") {
		if first, err = firstPasswordAgain(asAdministrator, users, u.Username); first == "" {
			return err
		}
	}
	if err != nil {
		return fmt.Errorf("user %s: %w", u.Username, err)
	}
	login, err := auth.Login(ctx, &authv1.LoginRequest{Username: u.Username, Password: first})
	if err != nil {
		return fmt.Errorf("user %s: %w", u.Username, err)
	}
	if _, err := auth.ChangePassword(withToken(ctx, login.GetAccessToken()), &authv1.ChangePasswordRequest{
		CurrentPassword: first, NewPassword: password,
	}); err != nil {
		return fmt.Errorf("user %s: %w", u.Username, err)
	}
	return nil
}

// firstPasswordAgain is empty for a user who has a password of their own.
func firstPasswordAgain(ctx context.Context, users authv1.UserServiceClient, username string) (string, error) {
	list, err := users.ListUsers(ctx, &authv1.ListUsersRequest{Q: username, PageSize: 200})
	if err != nil {
		return "", err
	}
	for _, u := range list.GetUsers() {
		if u.GetUsername() == username && u.GetMustChangePassword() && !u.GetDisabled() {
			reset, err := users.ResetPassword(ctx, &authv1.ResetPasswordRequest{Id: u.GetId(), Reason: "演示账号未完成首次登录"})
			return reset.GetPassword(), err
		}
	}
	return "", nil
}

func withToken(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}
