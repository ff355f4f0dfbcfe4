package regionauth_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/testkit"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
)

// recorded are the records of the audit trail, with user names for ids.
func (h *house) recorded(ctx context.Context, t *testing.T) []string {
	t.Helper()
	conn, err := pgx.Connect(ctx, h.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // the test's database goes with it
	rows, err := conn.Query(ctx, `SELECT concat_ws(' ', action, coalesce((SELECT username FROM users u WHERE u.id::text = actor_id), actor_id),
		coalesce((SELECT username FROM users u WHERE u.id::text = resource_id), resource_type), reason)
		FROM audit_records WHERE action <> 'key.rotate' ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	records, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestWhoComesAndGoesAndIsRefusedIsInTheTrail(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	auth, users := h.auth(t, ""), h.users(t, login.GetAccessToken())
	create(t, users, "xihu", "330106", commonv1.Level_LEVEL_COUNTY, commonv1.Role_ROLE_CLERK)

	// A wrong password is recorded each time, what costs nothing once a minute.
	for range 2 {
		_, _ = auth.Login(ctx, &authv1.LoginRequest{Username: "XiHu ", Password: "wrong"})
		_, _ = auth.Login(ctx, &authv1.LoginRequest{Username: "a Password, typed here", Password: "wrong"})
		_, _ = auth.Bootstrap(ctx, &authv1.BootstrapRequest{Secret: "guessed", Username: "mine", Password: secretPassword, DisplayName: "我"})
		_, _ = auth.IssueServiceToken(ctx, &authv1.IssueServiceTokenRequest{Service: "ledger", Secret: "guessed"})
	}
	// A stolen token ends the login, and is recorded when it does.
	for range 3 {
		_, _ = auth.Refresh(ctx, &authv1.RefreshRequest{RefreshToken: login.GetRefreshToken()})
	}
	again, err := auth.Login(ctx, &authv1.LoginRequest{Username: "zhejiang", Password: secretPassword})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := auth.Logout(ctx, &authv1.LogoutRequest{RefreshToken: again.GetRefreshToken()}); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"user.bootstrap zhejiang zhejiang ", "login zhejiang zhejiang ", "user.create zhejiang xihu ",
		"login.refused  name CREDENTIALS_INVALID", "login.refused   CREDENTIALS_INVALID", "bootstrap.refused   BOOTSTRAP_REFUSED",
		"service.refused  name CREDENTIALS_INVALID",
		"login.refused  name CREDENTIALS_INVALID", "login.refused   CREDENTIALS_INVALID",
		"refresh.refused zhejiang zhejiang TOKEN_REUSED", "login zhejiang zhejiang ", "logout zhejiang zhejiang ",
	}
	if got := h.recorded(ctx, t); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
