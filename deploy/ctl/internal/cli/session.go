package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

func env(name, standard string) string {
	if v, ok := os.LookupEnv(name); ok {
		return v
	}
	return standard
}

// address of a service: from --server, else from what the system running on this
// machine wrote down.
func (c *command) address(service string) (string, error) {
	if c.server != "" {
		for part := range strings.SplitSeq(c.server, ",") {
			if name, address, ok := strings.Cut(part, "="); ok && strings.TrimSpace(name) == service {
				if c.tls.CA != "" {
					return address, nil
				}
				return address, local(address)
			}
		}
		return "", fmt.Errorf("--server names no address for %s", service)
	}
	path := filepath.Join(c.data, "run", "endpoints.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("nothing has run in %s; start it with `make run`, or give --data or --server", c.data)
	}
	if err != nil {
		return "", err
	}
	var endpoints struct {
		GRPC map[string]string `json:"grpc"`
	}
	if err := json.Unmarshal(text, &endpoints); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return endpoints.GRPC[service], nil
}

// local refuses to send passwords and children's data over a network in the
// clear.
func local(address string) error {
	if strings.HasPrefix(address, "unix:") {
		return nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("%s is not on this machine: without --tls-ca only Unix and loopback addresses are used", address)
}

// credentials are the tokens of a login, kept per server.
type credentials struct {
	Access    string    `json:"access"`
	Refresh   string    `json:"refresh"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (c *command) credentialsFile() (string, error) {
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "baoxue", "credentials.json"), err
}

func (c *command) allCredentials() (map[string]credentials, error) {
	path, err := c.credentialsFile()
	if err != nil {
		return nil, err
	}
	all := map[string]credentials{}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

// remember replaces a server's credentials in one step; nil forgets them.
func (c *command) remember(server string, given *credentials) error {
	all, err := c.allCredentials()
	if err != nil {
		return err
	}
	delete(all, server)
	if given != nil {
		all[server] = *given
	}
	path, err := c.credentialsFile()
	if err != nil {
		return err
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// with calls a service, anonymously or as the user who logged in.
func (c *command) with(service string, source rpc.TokenSource, use func(*grpc.ClientConn) error) (err error) {
	address, err := c.address(service)
	if err != nil {
		return err
	}
	options := rpc.ClientOptions{Token: source}
	if c.server != "" {
		if options.Credentials, err = c.tls.Client(); err != nil {
			return err
		}
	}
	conn, err := rpc.Dial(address, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := c.reach(conn, service); err != nil {
		return err
	}
	return use(conn)
}

// lookAgain is the pause before a service is tried again; lookFor is how long one try may take, which is as long as a
// connection may take to be made.
const (
	lookAgain = 500 * time.Millisecond
	lookFor   = 10 * time.Second
)

// reach waits until a service is there; a call would wait for it, too, and not say why it is not. Patience ends the
// tries and interrupts none, for what a try was told is what the operator is told.
func (c *command) reach(conn *grpc.ClientConn, service string) error {
	patience := time.After(c.patience)
	for {
		err := look(c.ctx, conn)
		f := fault.As(err)
		switch {
		case err != nil && f == nil:
			return err
		case f == nil || f.Kind != fault.Unavailable && f.Kind != fault.Deadline:
			// Whoever refuses is there.
			return nil
		}
		select {
		case <-time.After(lookAgain):
		case <-c.ctx.Done():
			return c.ctx.Err()
		case <-patience:
			why := status.Convert(errors.Unwrap(f)).Message()
			return fmt.Errorf("%s at %s can't be reached: %s%s", service, conn.Target(), why, c.advice(why))
		}
	}
}

func look(ctx context.Context, conn *grpc.ClientConn) error {
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	_, err := healthv1.NewHealthClient(conn).Check(ctx, &healthv1.HealthCheckRequest{}, grpc.WaitForReady(false))
	return err
}

// advice is what a server that wants more of TLS does not say: it hangs up. One that nobody listens for wants
// nothing.
func (c *command) advice(why string) string {
	switch {
	case c.server == "" || c.tls.Cert != "" || strings.Contains(why, "while dialing"):
		return ""
	case c.tls.CA != "":
		return " (services with --tls-ca want --tls-cert and --tls-key here, too)"
	}
	return " (services with --tls-cert want --tls-ca here)"
}

func (c *command) withAuth(use func(authv1.AuthServiceClient) error) error {
	return c.with("regionauth", rpc.Anonymous, func(conn *grpc.ClientConn) error { return use(authv1.NewAuthServiceClient(conn)) })
}

// token is the access token of the login, renewed when it is about to expire.
func (c *command) token(ctx context.Context) (string, error) {
	server, err := c.address("regionauth")
	if err != nil {
		return "", err
	}
	all, err := c.allCredentials()
	if err != nil {
		return "", err
	}
	known, ok := all[server]
	if !ok {
		return "", errors.New("not logged in: baoxuectl login -u USER")
	}
	if time.Until(known.ExpiresAt) > 30*time.Second {
		return known.Access, nil
	}
	err = c.withAuth(func(auth authv1.AuthServiceClient) error {
		resp, err := auth.Refresh(ctx, &authv1.RefreshRequest{RefreshToken: known.Refresh})
		if err != nil {
			return err
		}
		known = fresh(resp.GetAccessToken(), resp.GetRefreshToken(), resp.GetExpiresIn())
		return c.remember(server, &known)
	})
	return known.Access, err
}

// tokens are the answer to whatever starts or goes on with a login.
type tokens interface {
	GetAccessToken() string
	GetRefreshToken() string
	GetExpiresIn() int32
}

func (c *command) rememberTokens(t tokens) error {
	server, err := c.address("regionauth")
	if err != nil {
		return err
	}
	known := fresh(t.GetAccessToken(), t.GetRefreshToken(), t.GetExpiresIn())
	return c.remember(server, &known)
}

func fresh(access, refresh string, seconds int32) credentials {
	return credentials{Access: access, Refresh: refresh, ExpiresAt: time.Now().Add(time.Duration(seconds) * time.Second)}
}

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
			if err := c.rememberTokens(resp); err != nil {
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
		server, err := c.address("regionauth")
		if err != nil {
			return err
		}
		all, err := c.allCredentials()
		if err != nil {
			return err
		}
		if known, ok := all[server]; ok {
			if err := c.withAuth(func(auth authv1.AuthServiceClient) error {
				_, err := auth.Logout(cmd.Context(), &authv1.LogoutRequest{RefreshToken: known.Refresh})
				return err
			}); err != nil {
				return err
			}
		}
		return c.remember(server, nil)
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

// required marks flags; a flag that does not exist would be our own mistake.
func required(cmd *cobra.Command, flags ...string) {
	for _, f := range flags {
		if err := cmd.MarkFlagRequired(f); err != nil {
			panic(err)
		}
	}
}
