package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

func (c *command) passwd() *cobra.Command {
	return &cobra.Command{
		Use: "passwd", Short: "change the own password; both are asked for, piped, or in BAOXUE_PASSWORD and BAOXUE_NEW_PASSWORD",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			current, err := c.secret("当前密码", "BAOXUE_PASSWORD")
			if err != nil {
				return err
			}
			next, err := c.secret("新密码", "BAOXUE_NEW_PASSWORD")
			if err != nil {
				return err
			}
			return c.with("regionauth", c.token, func(conn *grpc.ClientConn) error {
				resp, err := authv1.NewAuthServiceClient(conn).ChangePassword(cmd.Context(), &authv1.ChangePasswordRequest{
					CurrentPassword: current, NewPassword: next,
				})
				if err != nil {
					return err
				}
				fmt.Fprintln(c.out, "密码已修改，其他设备上的登录已退出")
				return c.remember(cmd.Context(), resp)
			})
		},
	}
}
