package cli

import (
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

	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

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
