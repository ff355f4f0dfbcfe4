package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"baoxue.internal/pkg/fault"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
)

var roleText = map[commonv1.Role]string{
	commonv1.Role_ROLE_CLERK: "经办", commonv1.Role_ROLE_REVIEWER: "审核", commonv1.Role_ROLE_READER: "只读",
	commonv1.Role_ROLE_ADMINISTRATOR: "管理", commonv1.Role_ROLE_OPERATOR: "运维",
}

const roleNames = "clerk, reviewer, reader, administrator, operator"

func rolesOf(names []string) ([]commonv1.Role, error) {
	roles := make([]commonv1.Role, len(names))
	for i, name := range names {
		number, ok := commonv1.Role_value["ROLE_"+strings.ToUpper(strings.TrimSpace(name))]
		if !ok || number == 0 {
			return nil, fault.Newf(fault.Invalid, "ROLE_INVALID", "角色应为 %s，不是 %q", roleNames, name)
		}
		roles[i] = commonv1.Role(number)
	}
	return roles, nil
}

// withUsers calls UserService as whoever is logged in.
func (c *command) withUsers(use func(authv1.UserServiceClient) error) error {
	return c.with("regionauth", c.token, func(conn *grpc.ClientConn) error { return use(authv1.NewUserServiceClient(conn)) })
}

// userNamed finds a user by the whole user name.
func userNamed(ctx context.Context, users authv1.UserServiceClient, name string) (*authv1.User, error) {
	req := &authv1.ListUsersRequest{Q: name, PageSize: 200}
	for {
		resp, err := users.ListUsers(ctx, req)
		if err != nil {
			return nil, err
		}
		for _, u := range resp.GetUsers() {
			if u.GetUsername() == name {
				return u, nil
			}
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			return nil, fault.New(fault.NotFound, "NOT_FOUND", "用户不存在")
		}
	}
}

func (c *command) user() *cobra.Command {
	group := &cobra.Command{Use: "user", Short: "users"}
	group.AddCommand(c.userList(), c.userCreate(), c.userRoles(), c.userDisable(), c.userEnable(), c.userReset())
	return group
}

func (c *command) userList() *cobra.Command {
	req := &authv1.ListUsersRequest{PageSize: 200}
	cmd := &cobra.Command{Use: "list", Short: "list the users that the caller manages", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&req.RegionCode, "region", "", "GB/T 2260 code; a city's stands for its counties too")
	cmd.Flags().StringVar(&req.Q, "q", "", "part of the user name or the display name")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.withUsers(func(users authv1.UserServiceClient) error {
			t := newTable("用户名", "姓名", "地区", "角色", "状态", "上次登录")
			for {
				resp, err := users.ListUsers(cmd.Context(), req)
				if err != nil {
					return err
				}
				for _, u := range resp.GetUsers() {
					t.add(u.GetUsername(), u.GetDisplayName(), u.GetRegionCode()+" "+u.GetRegionName(), rolesText(u.GetRoles()), userState(u), timeText(u.GetLastLoginTime(), "从未"))
				}
				if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
					t.print(c.out)
					return nil
				}
			}
		})
	}
	return cmd
}

func rolesText(roles []commonv1.Role) string {
	texts := make([]string, len(roles))
	for i, r := range roles {
		texts[i] = roleText[r]
	}
	return strings.Join(texts, "、")
}

func userState(u *authv1.User) string {
	switch {
	case u.GetDisabled():
		return "已停用"
	case u.GetLockedUntilTime() != nil:
		return "暂时锁定"
	case u.GetMustChangePassword():
		return "待修改密码"
	}
	return "正常"
}

func (c *command) userCreate() *cobra.Command {
	var level string
	var roles []string
	req := &authv1.CreateUserRequest{}
	cmd := &cobra.Command{
		Use: "create -u USER --level county --region 330106 --display-name NAME", Short: "create a user and print the first password", Args: cobra.NoArgs,
	}
	cmd.Flags().StringVarP(&req.Username, "user", "u", "", "user name")
	cmd.Flags().StringVar(&level, "level", "county", "province, city or county")
	cmd.Flags().StringVar(&req.RegionCode, "region", "", "GB/T 2260 code")
	cmd.Flags().StringVar(&req.DisplayName, "display-name", "", "name that people see")
	cmd.Flags().StringVar(&req.ExternalId, "external-id", "", "who this is at the single sign-on provider")
	cmd.Flags().StringSliceVar(&roles, "role", []string{"clerk"}, roleNames)
	required(cmd, "user", "region", "display-name")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		number, ok := commonv1.Level_value["LEVEL_"+strings.ToUpper(level)]
		if !ok {
			return fault.Newf(fault.Invalid, "INVALID_REQUEST", "级别应为 province、city 或 county，不是 %q", level)
		}
		if req.Roles, err = rolesOf(roles); err != nil {
			return err
		}
		req.Level, req.Password = commonv1.Level(number), rand.Text()
		return c.withUsers(func(users authv1.UserServiceClient) error {
			resp, err := users.CreateUser(cmd.Context(), req)
			if err == nil {
				fmt.Fprintf(c.out, "已创建：%s（%s），首次登录密码 %s\n", resp.GetUser().GetUsername(), resp.GetUser().GetRegionName(), req.GetPassword())
			}
			return err
		})
	}
	return cmd
}

// userCommand is a command on one user, by name.
func (c *command) userCommand(use, short string, act func(ctx context.Context, users authv1.UserServiceClient, u *authv1.User) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return c.withUsers(func(users authv1.UserServiceClient) error {
			u, err := userNamed(cmd.Context(), users, args[0])
			if err != nil {
				return err
			}
			return act(cmd.Context(), users, u)
		})
	}}
}

func (c *command) userRoles() *cobra.Command {
	var names []string
	cmd := c.userCommand("roles USER --role clerk,reviewer", "give a user other roles", func(ctx context.Context, users authv1.UserServiceClient, u *authv1.User) error {
		roles, err := rolesOf(names)
		if err != nil {
			return err
		}
		resp, err := users.UpdateUser(ctx, &authv1.UpdateUserRequest{
			User: &authv1.User{Id: u.GetId(), Roles: roles}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"roles"}},
		})
		if err == nil {
			fmt.Fprintf(c.out, "已设置：%s（%s）\n", u.GetUsername(), rolesText(resp.GetUser().GetRoles()))
		}
		return err
	})
	cmd.Flags().StringSliceVar(&names, "role", nil, roleNames)
	required(cmd, "role")
	return cmd
}

func (c *command) userDisable() *cobra.Command {
	var reason, to string
	cmd := c.userCommand("disable USER --reason TEXT [--hand-over-to USER]", "end a user's access and hand the open work over",
		func(ctx context.Context, users authv1.UserServiceClient, u *authv1.User) error {
			_, err := users.DisableUser(ctx, &authv1.DisableUserRequest{Id: u.GetId(), Reason: reason, HandOverTo: to})
			if err == nil {
				fmt.Fprintf(c.out, "已停用：%s\n", u.GetUsername())
			}
			return err
		})
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit trail")
	cmd.Flags().StringVar(&to, "hand-over-to", "", "user name of who takes the open work over; none leaves it to the region")
	required(cmd, "reason")
	return cmd
}

func (c *command) userEnable() *cobra.Command {
	var reason string
	cmd := c.userCommand("enable USER --reason TEXT", "let a disabled user log in again", func(ctx context.Context, users authv1.UserServiceClient, u *authv1.User) error {
		_, err := users.EnableUser(ctx, &authv1.EnableUserRequest{Id: u.GetId(), Reason: reason})
		if err == nil {
			fmt.Fprintf(c.out, "已启用：%s\n", u.GetUsername())
		}
		return err
	})
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit trail")
	required(cmd, "reason")
	return cmd
}

func (c *command) userReset() *cobra.Command {
	var reason string
	cmd := c.userCommand("reset-password USER --reason TEXT", "give a user a new first password and print it", func(ctx context.Context, users authv1.UserServiceClient, u *authv1.User) error {
		resp, err := users.ResetPassword(ctx, &authv1.ResetPasswordRequest{Id: u.GetId(), Reason: reason})
		if err == nil {
			fmt.Fprintf(c.out, "已重置：%s，首次登录密码 %s\n", u.GetUsername(), resp.GetPassword())
		}
		return err
	})
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit trail")
	required(cmd, "reason")
	return cmd
}
