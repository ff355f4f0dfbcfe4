package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// client speaks REST as one user, over connections that it keeps.
type client struct {
	base, token string
	http        *http.Client
}

func login(ctx context.Context, base, username, password string) (*client, error) {
	c := &client{base: base, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
	var answer struct{ AccessToken string }
	err := c.json(ctx, http.MethodPost, "/v1/auth:login", map[string]string{"username": username, "password": password}, &answer)
	c.token = answer.AccessToken
	return c, err
}

func (c *client) json(ctx context.Context, method, path string, request, answer any) error {
	var body io.Reader = http.NoBody
	if request != nil {
		text, err := json.Marshal(request)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	var into bytes.Buffer
	if err := c.do(ctx, method, path, "application/json", body, &into); err != nil {
		return err
	}
	return json.Unmarshal(into.Bytes(), answer)
}

// do sends a request and copies a good answer.
func (c *client) do(ctx context.Context, method, path, contentType string, body io.Reader, into io.Writer) (err error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", contentType)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	if resp.StatusCode != http.StatusOK {
		text, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
		return fmt.Errorf("%s %s: %s %s (%w)", method, path, resp.Status, text, err)
	}
	_, err = io.Copy(into, resp.Body)
	return err
}
