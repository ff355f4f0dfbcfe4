package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/valyala/fasthttp"
)

// client speaks REST as one user, over connections that it keeps. What it costs is measured along with
// the program, on the same processors, as pgbench's own work is: fasthttp writes and reads in the goroutine
// that calls, where the standard client has three pass every request on.
type client struct {
	base, username, password string
	http                     *fasthttp.Client
	// renewing is held while somebody logs in anew.
	renewing sync.Mutex
	token    atomic.Pointer[string]
}

func login(ctx context.Context, base, username, password string) (*client, error) {
	c := &client{base: base, username: username, password: password, http: &fasthttp.Client{MaxConnsPerHost: 256}}
	return c, c.renew(ctx, nil)
}

// renew logs in unless somebody else did since a token was seen: what is measured may take longer than a
// login lasts.
func (c *client) renew(ctx context.Context, seen *string) error {
	c.renewing.Lock()
	defer c.renewing.Unlock()
	if c.token.Load() != seen {
		return nil
	}
	body, err := json.Marshal(map[string]string{"username": c.username, "password": c.password})
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if _, err := c.send(ctx, nil, http.MethodPost, "/v1/auth:login", "application/json", body, &text); err != nil {
		return err
	}
	var answer struct{ AccessToken string }
	err = json.Unmarshal(text.Bytes(), &answer)
	c.token.Store(&answer.AccessToken)
	return err
}

// changePassword replaces the first password, and logs in with the new one.
func (c *client) changePassword(ctx context.Context, password string) error {
	var changed struct{ AccessToken string }
	err := c.json(ctx, http.MethodPost, "/v1/auth:changePassword", map[string]string{"currentPassword": c.password, "newPassword": password}, &changed)
	c.password = password
	c.token.Store(&changed.AccessToken)
	return err
}

func (c *client) get(ctx context.Context, path string, into io.Writer) error {
	return c.do(ctx, http.MethodGet, path, "", nil, into)
}

func (c *client) json(ctx context.Context, method, path string, request, answer any) error {
	var body []byte
	if request != nil {
		text, err := json.Marshal(request)
		if err != nil {
			return err
		}
		body = text
	}
	var into bytes.Buffer
	if err := c.do(ctx, method, path, "application/json", body, &into); err != nil {
		return err
	}
	return json.Unmarshal(into.Bytes(), answer)
}

// do sends a request and copies a good answer.
func (c *client) do(ctx context.Context, method, path, contentType string, body []byte, into io.Writer) error {
	token := c.token.Load()
	status, err := c.send(ctx, token, method, path, contentType, body, into)
	if status != http.StatusUnauthorized {
		return err
	}
	if err := c.renew(ctx, token); err != nil {
		return err
	}
	_, err = c.send(ctx, c.token.Load(), method, path, contentType, body, into)
	return err
}

func (c *client) send(ctx context.Context, token *string, method, path, contentType string, body []byte, into io.Writer) (status int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI(c.base + path)
	req.Header.SetMethod(method)
	if contentType != "" {
		req.Header.SetContentType(contentType)
	}
	if token != nil {
		req.Header.Set("Authorization", "Bearer "+*token)
	}
	req.SetBodyRaw(body)
	if err := c.http.Do(req, resp); err != nil {
		return 0, err
	}
	if resp.StatusCode() != http.StatusOK {
		return resp.StatusCode(), fmt.Errorf("%s %s: %d %.4096s", method, path, resp.StatusCode(), resp.Body())
	}
	return resp.StatusCode(), resp.BodyWriteTo(into)
}
