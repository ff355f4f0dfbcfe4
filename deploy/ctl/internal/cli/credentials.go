package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"baoxue.internal/pkg/lifecycle"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

// credentials are the tokens of a login, kept per server.
type credentials struct {
	Access    string    `json:"access"`
	Refresh   string    `json:"refresh"`
	ExpiresAt time.Time `json:"expires_at"`
}

// tokens are the answer to whatever starts or goes on with a login.
type tokens interface {
	GetAccessToken() string
	GetRefreshToken() string
	GetExpiresIn() int32
}

func fresh(t tokens) credentials {
	return credentials{
		Access: t.GetAccessToken(), Refresh: t.GetRefreshToken(),
		ExpiresAt: time.Now().Add(time.Duration(t.GetExpiresIn()) * time.Second),
	}
}

// token is the access token of the login, renewed when it is about to expire.
func (c *command) token(ctx context.Context) (string, error) {
	known, err := c.known()
	if err != nil || known.lasts() {
		return known.Access, err
	}
	err = c.alone(ctx, func() error {
		// Whoever was here first has renewed it: a refresh token that came twice would end the login.
		if known, err = c.known(); err != nil || known.lasts() {
			return err
		}
		return c.withAuth(func(auth authv1.AuthServiceClient) error {
			resp, err := auth.Refresh(ctx, &authv1.RefreshRequest{RefreshToken: known.Refresh})
			if err != nil {
				return err
			}
			known = fresh(resp)
			return c.replace(&known)
		})
	})
	return known.Access, err
}

// lasts says whether the access token is good for a call.
func (c credentials) lasts() bool { return time.Until(c.ExpiresAt) > 30*time.Second }

var errNoLogin = errors.New("not logged in: baoxuectl login -u USER")

// known returns the credentials of the server that is called.
func (c *command) known() (known credentials, err error) {
	server, err := c.address("regionauth")
	if err != nil {
		return known, err
	}
	all, err := c.allCredentials()
	if err != nil {
		return known, err
	}
	known, ok := all[server]
	if !ok {
		return known, errNoLogin
	}
	return known, nil
}

// remember keeps a login that began or changed.
func (c *command) remember(ctx context.Context, t tokens) error {
	known := fresh(t)
	return c.alone(ctx, func() error { return c.replace(&known) })
}

// alone runs fn while no other command of this user changes credentials.
func (c *command) alone(ctx context.Context, fn func() error) (err error) {
	path, err := c.credentialsFile()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	lock, err := lifecycle.WaitFlock(ctx, path+".lock")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	return fn()
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

// replace puts a server's credentials in the others' midst in one step; nil takes them out.
func (c *command) replace(given *credentials) error {
	server, err := c.address("regionauth")
	if err != nil {
		return err
	}
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
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
