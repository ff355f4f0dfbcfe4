package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/valyala/fasthttp"
)

// client speaks REST as one user, over connections that it keeps. What it costs is measured along with
// the program, on the same processors, as pgbench's own work is: fasthttp writes and reads in the goroutine
// that calls, where the standard client has three pass every request on.
type client struct {
	base, token string
	http        *fasthttp.Client
}

func login(ctx context.Context, base, username, password string) (*client, error) {
	c := &client{base: base, http: &fasthttp.Client{MaxConnsPerHost: 256}}
	var answer struct{ AccessToken string }
	err := c.json(ctx, http.MethodPost, "/v1/auth:login", map[string]string{"username": username, "password": password}, &answer)
	c.token = answer.AccessToken
	return c, err
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
	if err := ctx.Err(); err != nil {
		return err
	}
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI(c.base + path)
	req.Header.SetMethod(method)
	if contentType != "" {
		req.Header.SetContentType(contentType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	req.SetBodyRaw(body)
	if err := c.http.Do(req, resp); err != nil {
		return err
	}
	if resp.StatusCode() != http.StatusOK {
		return fmt.Errorf("%s %s: %d %.4096s", method, path, resp.StatusCode(), resp.Body())
	}
	return resp.BodyWriteTo(into)
}
