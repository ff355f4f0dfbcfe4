package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/fault"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

// password comes from the environment, from a terminal without echo, or from a
// line of input.
func (c *command) password() (string, error) { return c.secret("密码", "BAOXUE_PASSWORD") }

func (c *command) secret(label, variable string) (string, error) {
	if p, ok := os.LookupEnv(variable); ok {
		return p, nil
	}
	if f, ok := c.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(c.errs, label+": ")
		p, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(c.errs)
		return string(p), err
	}
	if c.lines == nil {
		c.lines = bufio.NewReader(c.in)
	}
	line, err := c.lines.ReadString('\n')
	if err != nil && line == "" {
		return "", fmt.Errorf("no %s: type it, pipe it, or set %s", label, variable)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func (c *command) login() *cobra.Command {
	var user string
	cmd := &cobra.Command{Use: "login -u USER", Short: "log in; the password is asked for, piped, or in BAOXUE_PASSWORD", Args: cobra.NoArgs}
	cmd.Flags().StringVarP(&user, "user", "u", "", "user name")
	required(cmd, "user")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		password, err := c.password()
		if err != nil {
			return err
		}
		return c.withAuth(func(auth authv1.AuthServiceClient) error {
			req := &authv1.LoginRequest{Username: user, Password: password}
			resp, err := auth.Login(cmd.Context(), req)
			if fault.Is(err, "TOTP_REQUIRED") {
				if req.TotpCode, err = c.secret("动态验证码或恢复码", "BAOXUE_TOTP_CODE"); err != nil {
					return err
				}
				resp, err = auth.Login(cmd.Context(), req)
			}
			if err != nil {
				return err
			}
			if err := c.remember(cmd.Context(), resp); err != nil {
				return err
			}
			fmt.Fprintf(c.out, "已登录：%s（%s）\n", resp.GetUser().GetDisplayName(), resp.GetUser().GetRegionName())
			if resp.GetUser().GetMustChangePassword() {
				fmt.Fprintln(c.out, "首次登录请先修改密码：baoxuectl passwd")
			}
			return nil
		})
	}
	return cmd
}

func (c *command) logout() *cobra.Command {
	return &cobra.Command{Use: "logout", Short: "end the login", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return c.alone(cmd.Context(), func() error {
			known, err := c.known()
			if errors.Is(err, errNoLogin) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := c.withAuth(func(auth authv1.AuthServiceClient) error {
				_, err := auth.Logout(cmd.Context(), &authv1.LogoutRequest{RefreshToken: known.Refresh})
				return err
			}); err != nil {
				return err
			}
			return c.replace(nil)
		})
	}}
}

func (c *command) whoami() *cobra.Command {
	return &cobra.Command{Use: "whoami", Short: "show who is logged in", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with("regionauth", c.token, func(conn *grpc.ClientConn) error {
			resp, err := authv1.NewAuthServiceClient(conn).GetMe(cmd.Context(), &authv1.GetMeRequest{})
			if err != nil {
				return err
			}
			u := resp.GetUser()
			fmt.Fprintf(c.out, "%s %s %s %s\n", u.GetUsername(), u.GetDisplayName(), u.GetRegionCode(), u.GetRegionName())
			return nil
		})
	}}
}

func (c *command) bootstrap() *cobra.Command {
	var user, name string
	cmd := &cobra.Command{Use: "bootstrap -u USER --display-name NAME", Short: "create the first province user; the secret is in BAOXUE_BOOTSTRAP_SECRET", Args: cobra.NoArgs}
	cmd.Flags().StringVarP(&user, "user", "u", "", "user name")
	cmd.Flags().StringVar(&name, "display-name", "", "name that people see")
	required(cmd, "user", "display-name")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		secret := os.Getenv("BAOXUE_BOOTSTRAP_SECRET")
		if secret == "" {
			return errors.New("BAOXUE_BOOTSTRAP_SECRET is not set: it is what the server was started with")
		}
		password, err := c.password()
		if err != nil {
			return err
		}
		return c.withAuth(func(auth authv1.AuthServiceClient) error {
			resp, err := auth.Bootstrap(cmd.Context(), &authv1.BootstrapRequest{Secret: secret, Username: user, Password: password, DisplayName: name})
			if err == nil {
				fmt.Fprintf(c.out, "已创建首个管理员：%s\n", resp.GetUser().GetUsername())
			}
			return err
		})
	}
	return cmd
}
