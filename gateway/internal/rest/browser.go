package rest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"baoxue.internal/pkg/fault"
)

// BrowserHeader is sent by the page with each of its requests. Another site's page can't: a
// header of one's own needs a leave that is never given (CORS).
const BrowserHeader = "X-Baoxue-Browser"

// A browser's tokens lie in cookies that no script can read and no other site can have sent.
const (
	accessCookie  = "baoxue-access"
	refreshCookie = "baoxue-refresh"
	cookiePath    = "/v1"
)

// Where tokens are given out and taken back.
var (
	givesTokens   = map[string]bool{"/v1/auth:login": true, "/v1/auth:refresh": true, "/v1/auth:changePassword": true, "/v1/auth:finishSignOn": true}
	takesRefresh  = map[string]bool{"/v1/auth:refresh": true, "/v1/auth:logout": true}
	endsSession   = map[string]bool{"/v1/auth:logout": true, "/v1/auth:logoutEverywhere": true}
	errOtherSite  = fault.New(fault.Denied, "CROSS_SITE", "请求来自其他网站，已拒绝；请在本系统页面内操作")
	browserOrigin = http.NewCrossOriginProtection()
)

// browsers puts cookies in the place of bearer tokens for those who ask from the page. Programs,
// which send a token of their own, are left alone.
func (c Config) browsers(a answers, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fromPage := r.Header.Get(BrowserHeader) != ""
		access, err := r.Cookie(accessCookie)
		if r.Header.Get("Authorization") != "" || err != nil && !fromPage {
			next.ServeHTTP(w, r)
			return
		}
		// A cookie comes by itself: what changes anything has to come from the page, and a
		// browser's own word about where it comes from counts for everything.
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		if err := browserOrigin.Check(r); err != nil || !reads && !fromPage {
			a.fail(w, r, errOtherSite)
			return
		}
		r = r.Clone(r.Context())
		if access != nil {
			r.Header.Set("Authorization", "Bearer "+access.Value)
		}
		s := session{config: c, answers: a}
		switch {
		case givesTokens[r.URL.Path] || endsSession[r.URL.Path]:
			s.serve(w, r, next)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// session is a call that begins, renews or ends one.
type session struct {
	config  Config
	answers answers
}

func (s session) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if takesRefresh[r.URL.Path] {
		refresh, err := r.Cookie(refreshCookie)
		if err != nil {
			s.forget(w, r)
			s.answers.fail(w, r, fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "登录已过期，请重新登录"))
			return
		}
		// Marshalling a text can't fail.
		body, _ := json.Marshal(map[string]string{"refreshToken": refresh.Value})
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Type", "application/json")
	}
	if r.URL.Path != "/v1/auth:changePassword" && r.URL.Path != "/v1/auth:logoutEverywhere" {
		// The others say themselves who is meant; a token that has expired must not be in the way.
		r.Header.Del("Authorization")
	}
	answer := &heldAnswer{header: w.Header()}
	next.ServeHTTP(answer, r)
	text := answer.body.Bytes()
	switch {
	case endsSession[r.URL.Path], answer.status == http.StatusUnauthorized && takesRefresh[r.URL.Path]:
		s.forget(w, r)
	case answer.status == http.StatusOK:
		var err error
		if text, err = s.keep(w, r, text); err != nil {
			s.answers.fail(w, r, err)
			return
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(answer.status)
	_, _ = w.Write(text)
}

// keep moves the tokens of an answer to cookies.
func (s session) keep(w http.ResponseWriter, r *http.Request, text []byte) ([]byte, error) {
	var fields map[string]json.RawMessage
	var tokens struct {
		AccessToken, RefreshToken string
		ExpiresIn                 int
	}
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &tokens); err != nil {
		return nil, err
	}
	http.SetCookie(w, s.cookie(r, accessCookie, tokens.AccessToken, time.Duration(tokens.ExpiresIn)*time.Second))
	// Without an end of its own: it goes with the browser, and the service ends it sooner.
	http.SetCookie(w, s.cookie(r, refreshCookie, tokens.RefreshToken, 0))
	fields["accessToken"], fields["refreshToken"] = json.RawMessage(`""`), json.RawMessage(`""`)
	return json.Marshal(fields)
}

func (s session) forget(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, s.cookie(r, accessCookie, "", -time.Second))
	http.SetCookie(w, s.cookie(r, refreshCookie, "", -time.Second))
}

func (s session) cookie(r *http.Request, name, value string, age time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: cookiePath, MaxAge: int(age.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.config.encrypted(r),
	}
}

// heldAnswer keeps an answer back until its tokens are taken out.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *heldAnswer) Header() http.Header { return h.header }

func (h *heldAnswer) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *heldAnswer) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(p)
}
