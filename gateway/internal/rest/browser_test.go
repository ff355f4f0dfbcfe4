package rest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"baoxue.internal/gateway/internal/rest"
)

const loginBody = `{"username": "zhejiang", "password": "baoxue-demo-2019"}`

// cookies are what an answer sets, by name.
func (a answer) cookies() map[string]*http.Cookie {
	set := map[string]*http.Cookie{}
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		set[c.Name] = c
	}
	return set
}

// A login from the page: no token is where a script could read it, and the cookies do what the
// token did.
func TestABrowsersTokensLieWhereNoScriptReadsThem(t *testing.T) {
	front := start(t, newBackend(), built)
	page := []string{"Authorization", "", rest.BrowserHeader, "1"}
	in := do(t, front, http.MethodPost, "/v1/auth:login", strings.NewReader(loginBody), page...)
	var tokens struct {
		AccessToken, RefreshToken string
		User                      struct{ Username string }
	}
	if err := json.Unmarshal(in.body, &tokens); err != nil || in.status != http.StatusOK {
		t.Fatalf("%d %s, %v", in.status, in.body, err)
	}
	if tokens.AccessToken != "" || tokens.RefreshToken != "" || tokens.User.Username != "province" {
		t.Errorf("the answer is %s", in.body)
	}
	set := in.cookies()
	for _, name := range []string{"baoxue-access", "baoxue-refresh"} {
		if c := set[name]; c == nil || c.Value == "" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/v1" {
			t.Errorf("%s: %v", name, set[name])
		}
	}
	if set["baoxue-access"].MaxAge != 900 {
		t.Errorf("the access token outlives itself: %v", set["baoxue-access"])
	}
	jar := "baoxue-access=" + set["baoxue-access"].Value + "; baoxue-refresh=" + set["baoxue-refresh"].Value
	with := []string{"Authorization", "", rest.BrowserHeader, "1", "Cookie", jar}

	if me := do(t, front, http.MethodGet, "/v1/me", nil, with...); me.status != http.StatusOK {
		t.Errorf("who one is: %d %s", me.status, me.body)
	}
	again := do(t, front, http.MethodPost, "/v1/auth:refresh", strings.NewReader("{}"), with...)
	if c := again.cookies()["baoxue-access"]; again.status != http.StatusOK || c == nil || c.Value != set["baoxue-access"].Value+":again" ||
		strings.Contains(string(again.body), "PROVINCE:330000") {
		t.Errorf("renewed: %d %s %v", again.status, again.body, c)
	}
	out := do(t, front, http.MethodPost, "/v1/auth:logout", strings.NewReader("{}"), with...)
	for name, c := range out.cookies() {
		if c.MaxAge >= 0 || c.Value != "" {
			t.Errorf("after the logout %s is %v", name, c)
		}
	}
	if out.status != http.StatusOK || len(out.cookies()) != 2 {
		t.Errorf("logout: %d %v", out.status, out.cookies())
	}
	// Renewed with what has ended: the login form comes, and nothing is left.
	over := do(t, front, http.MethodPost, "/v1/auth:refresh", strings.NewReader("{}"), append(page, "Cookie", "baoxue-refresh=x:again")...)
	if over.status != http.StatusUnauthorized || len(over.cookies()) != 2 {
		t.Errorf("an ended session: %d %v", over.status, over.cookies())
	}
	if none := do(t, front, http.MethodPost, "/v1/auth:refresh", strings.NewReader("{}"), page...); none.status != http.StatusUnauthorized {
		t.Errorf("without a session: %d", none.status)
	}
}

// What a program sends and gets is what it always was.
func TestProgramsKeepTheirTokens(t *testing.T) {
	front := start(t, newBackend(), built)
	in := do(t, front, http.MethodPost, "/v1/auth:login", strings.NewReader(loginBody), "Authorization", "")
	if !strings.Contains(string(in.body), "PROVINCE:330000") || len(in.cookies()) != 0 {
		t.Errorf("%s, %v", in.body, in.cookies())
	}
}

// The cookies come by themselves, whoever asks: what changes anything is done for the page only.
func TestAnotherSitesPageChangesNothing(t *testing.T) {
	b := newBackend()
	front := start(t, b, built)
	const jar = "baoxue-access=PROVINCE:330000"
	for name, c := range map[string]struct {
		headers []string
		status  int
	}{
		"the page":                          {[]string{rest.BrowserHeader, "1", "Sec-Fetch-Site", "same-origin"}, http.StatusOK},
		"a form of another site":            {[]string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"another site with the header":      {[]string{rest.BrowserHeader, "1", "Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"another origin, an older browser":  {[]string{rest.BrowserHeader, "1", "Origin", "https://evil.example"}, http.StatusForbidden},
		"a form of an old browser":          {nil, http.StatusForbidden},
		"a neighbour of the same site":      {[]string{rest.BrowserHeader, "1", "Sec-Fetch-Site", "same-site"}, http.StatusForbidden},
		"the address typed in, for reading": {[]string{"Sec-Fetch-Site", "none"}, http.StatusForbidden},
	} {
		headers := append([]string{"Authorization", "", "Cookie", jar}, c.headers...)
		got := do(t, front, http.MethodPost, "/v1/users", strings.NewReader(`{"username": "x"}`), headers...)
		if got.status != c.status {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if read := do(t, front, http.MethodGet, "/v1/me", nil, "Authorization", "", "Cookie", jar, "Sec-Fetch-Site", "none"); read.status != http.StatusOK {
		t.Errorf("reading: %d", read.status)
	}
}
