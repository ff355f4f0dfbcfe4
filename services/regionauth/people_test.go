package regionauth_test

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
)

const (
	firstPassword = "first horse battery"
	province      = commonv1.Level_LEVEL_PROVINCE
	city          = commonv1.Level_LEVEL_CITY
	county        = commonv1.Level_LEVEL_COUNTY
	administrator = commonv1.Role_ROLE_ADMINISTRATOR
	clerk         = commonv1.Role_ROLE_CLERK
)

func (h *house) users(t *testing.T, access string) authv1.UserServiceClient {
	return authv1.NewUserServiceClient(h.as(t, access))
}

// create creates a user and returns the id.
func create(t *testing.T, users authv1.UserServiceClient, username, region string, level commonv1.Level, roles ...commonv1.Role) string {
	t.Helper()
	created, err := users.CreateUser(testkit.Context(t), &authv1.CreateUserRequest{
		Username: username, Password: firstPassword, DisplayName: username, Level: level, RegionCode: region, Roles: roles,
	})
	if err != nil {
		t.Fatalf("%s: %v", username, err)
	}
	return created.GetUser().GetId()
}

// member logs a new user in for the first time and changes the password.
func (h *house) member(t *testing.T, username string) *authv1.ChangePasswordResponse {
	t.Helper()
	ctx := testkit.Context(t)
	login, err := h.auth(t, "").Login(ctx, &authv1.LoginRequest{Username: username, Password: firstPassword})
	if err != nil {
		t.Fatalf("%s: %v", username, err)
	}
	changed, err := h.auth(t, login.GetAccessToken()).ChangePassword(ctx, &authv1.ChangePasswordRequest{
		CurrentPassword: firstPassword, NewPassword: secretPassword,
	})
	if err != nil {
		t.Fatalf("%s: %v", username, err)
	}
	return changed
}

func TestUsersAreCreatedAndListedPageByPage(t *testing.T) {
	h := serve(t)
	ctx, users := testkit.Context(t), h.users(t, h.province(t).GetAccessToken())
	create(t, users, "xihu", "330106", county)
	create(t, users, "cangnan", "330327", county)
	create(t, users, "hangzhou", "330100", city, administrator)
	_, err := users.CreateUser(ctx, &authv1.CreateUserRequest{
		Username: "xihu", Password: firstPassword, DisplayName: "西湖", Level: county, RegionCode: "330106",
	})
	refused(t, "a name twice", err, fault.Exists, "USERNAME_TAKEN")
	_, err = users.CreateUser(ctx, &authv1.CreateUserRequest{})
	refused(t, "nothing given", err, fault.Invalid, "INVALID_REQUEST")
	if f := fault.As(err); f != nil && len(f.Violations) != 5 {
		t.Errorf("violations come one by one: %v", f.Violations)
	}
	list := func(r *authv1.ListUsersRequest) (names []string) {
		for r.PageSize = 2; ; {
			resp, err := users.ListUsers(ctx, r)
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range resp.GetUsers() {
				names = append(names, u.GetUsername())
			}
			if r.PageToken = resp.GetNextPageToken(); r.GetPageToken() == "" {
				return names
			}
		}
	}
	for want, r := range map[string]*authv1.ListUsersRequest{
		"cangnan hangzhou xihu zhejiang": {},
		"hangzhou xihu":                  {RegionCode: "330100"},
		"cangnan":                        {RegionCode: "330327"},
		"xihu":                           {Q: "XIH"},
		"zhejiang":                       {Q: "教育厅"},
		"":                               {Q: "%"},
	} {
		if got := strings.Join(list(r), " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for _, forged := range []string{"?", base64.RawURLEncoding.EncodeToString([]byte("a\x00"))} {
		_, err = users.ListUsers(ctx, &authv1.ListUsersRequest{PageToken: forged})
		refused(t, "page token "+forged, err, fault.Invalid, "PAGE_TOKEN_INVALID")
	}
	_, err = h.users(t, h.member(t, "xihu").GetAccessToken()).ListUsers(ctx, &authv1.ListUsersRequest{})
	refused(t, "a county listing users", err, fault.Denied, "PERMISSION_DENIED")
}

func TestTheFirstPasswordOpensNothingButItsChange(t *testing.T) {
	h := serve(t)
	ctx, users := testkit.Context(t), h.users(t, h.province(t).GetAccessToken())
	create(t, users, "hangzhou", "330100", city, administrator)
	login, err := h.auth(t, "").Login(ctx, &authv1.LoginRequest{Username: "hangzhou", Password: firstPassword})
	if err != nil || !login.GetUser().GetMustChangePassword() {
		t.Fatalf("%v, %v", login, err)
	}
	mine := h.auth(t, login.GetAccessToken())
	_, err = h.users(t, login.GetAccessToken()).ListUsers(ctx, &authv1.ListUsersRequest{})
	refused(t, "before the change", err, fault.Denied, "PASSWORD_CHANGE_REQUIRED")
	renewed, err := h.auth(t, "").Refresh(ctx, &authv1.RefreshRequest{RefreshToken: login.GetRefreshToken()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.users(t, renewed.GetAccessToken()).ListUsers(ctx, &authv1.ListUsersRequest{})
	refused(t, "refreshed before the change", err, fault.Denied, "PASSWORD_CHANGE_REQUIRED")
	if _, err := mine.GetMe(ctx, &authv1.GetMeRequest{}); err != nil {
		t.Errorf("who am I: %v", err)
	}
	changed, err := mine.ChangePassword(ctx, &authv1.ChangePasswordRequest{CurrentPassword: firstPassword, NewPassword: secretPassword})
	if err != nil || changed.GetUser().GetMustChangePassword() {
		t.Fatalf("%v, %v", changed, err)
	}
	if _, err := h.users(t, changed.GetAccessToken()).ListUsers(ctx, &authv1.ListUsersRequest{}); err != nil {
		t.Errorf("after the change: %v", err)
	}
}

func TestAPasswordIsChangedAgainstTheOldOne(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	other, err := h.auth(t, "").Login(ctx, &authv1.LoginRequest{Username: "zhejiang", Password: secretPassword})
	if err != nil {
		t.Fatal(err)
	}
	change := func(access, from, to string) (*authv1.ChangePasswordResponse, error) {
		return h.auth(t, access).ChangePassword(ctx, &authv1.ChangePasswordRequest{CurrentPassword: from, NewPassword: to})
	}
	_, err = change(login.GetAccessToken(), "wrong", "woaini1314520")
	refused(t, "a wrong one, and a weak one", err, fault.Invalid, "CREDENTIALS_INVALID")
	if f := fault.As(err); f != nil && len(f.Violations) != 2 {
		t.Errorf("violations come one by one: %v", f.Violations)
	}
	_, err = change(login.GetAccessToken(), secretPassword, secretPassword)
	refused(t, "the same", err, fault.Invalid, "PASSWORD_USED_BEFORE")

	h.clock.pass(time.Second)
	current, access := secretPassword, login.GetAccessToken()
	for _, next := range []string{"one horse battery", "two horse battery", "three horse battery", "four horse battery"} {
		changed, err := change(access, current, next)
		if err != nil {
			t.Fatalf("%s: %v", next, err)
		}
		current, access = next, changed.GetAccessToken()
	}
	_, err = change(access, current, secretPassword)
	refused(t, "the fifth last", err, fault.Invalid, "PASSWORD_USED_BEFORE")
	changed, err := change(access, current, "five horse battery")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := change(changed.GetAccessToken(), "five horse battery", secretPassword); err != nil {
		t.Errorf("the sixth last: %v", err)
	}

	_, err = h.auth(t, "").Refresh(ctx, &authv1.RefreshRequest{RefreshToken: other.GetRefreshToken()})
	refused(t, "another login's refresh", err, fault.Unauthenticated, "TOKEN_EXPIRED")
	h.clock.pass(time.Minute)
	_, err = h.auth(t, other.GetAccessToken()).GetMe(ctx, &authv1.GetMeRequest{})
	refused(t, "another login's access token", err, fault.Unauthenticated, "TOKEN_EXPIRED")
}

func TestACityManagesItsCountiesUsers(t *testing.T) {
	h := serve(t)
	ctx, all := testkit.Context(t), h.users(t, h.province(t).GetAccessToken())
	create(t, all, "hangzhou", "330100", city, administrator)
	create(t, all, "second", "330100", city, administrator)
	own, foreign := create(t, all, "xihu", "330106", county), create(t, all, "cangnan", "330327", county)
	sibling, err := all.ListUsers(ctx, &authv1.ListUsersRequest{Q: "second"})
	if err != nil {
		t.Fatal(err)
	}
	users := h.users(t, h.member(t, "hangzhou").GetAccessToken())
	listed, err := users.ListUsers(ctx, &authv1.ListUsersRequest{})
	if err != nil || len(listed.GetUsers()) != 1 || listed.GetUsers()[0].GetId() != own {
		t.Errorf("%v, %v", listed, err)
	}
	if listed, err := users.ListUsers(ctx, &authv1.ListUsersRequest{RegionCode: "330327"}); err != nil || len(listed.GetUsers()) != 0 {
		t.Errorf("a foreign county: %v, %v", listed, err)
	}
	name := "新名"
	for what, act := range map[string]func(id string) error{
		"get": func(id string) error { _, err := users.GetUser(ctx, &authv1.GetUserRequest{Id: id}); return err },
		"update": func(id string) error {
			_, err := users.UpdateUser(ctx, &authv1.UpdateUserRequest{User: &authv1.User{Id: id, DisplayName: name}})
			return err
		},
		"reset": func(id string) error {
			_, err := users.ResetPassword(ctx, &authv1.ResetPasswordRequest{Id: id, Reason: "x"})
			return err
		},
		"enable": func(id string) error {
			_, err := users.EnableUser(ctx, &authv1.EnableUserRequest{Id: id, Reason: "x"})
			return err
		},
	} {
		if err := act(own); err != nil {
			t.Errorf("%s the own: %v", what, err)
		}
		var texts []string
		for _, id := range []string{foreign, sibling.GetUsers()[0].GetId(), "00000000-0000-7000-8000-000000000000"} {
			err := act(id)
			refused(t, what, err, fault.NotFound, "NOT_FOUND")
			if f := fault.As(err); f != nil {
				texts = append(texts, f.Message)
			}
		}
		if len(slices.Compact(texts)) != 1 {
			t.Errorf("%s: told apart: %v", what, texts)
		}
	}
	for _, id := range []string{foreign, "00000000-0000-7000-8000-000000000000"} {
		_, err := users.DisableUser(ctx, &authv1.DisableUserRequest{Id: id, Reason: "x", HandOverTo: "?"})
		refused(t, "disable", err, fault.NotFound, "NOT_FOUND")
		_, err = users.DeleteUser(ctx, &authv1.DeleteUserRequest{Id: id})
		refused(t, "delete", err, fault.NotFound, "NOT_FOUND")
	}
	for region, level := range map[string]commonv1.Level{"330327": county, "330100": city, "330000": province} {
		_, err := users.CreateUser(ctx, &authv1.CreateUserRequest{
			Username: "new", Password: firstPassword, DisplayName: "x", Level: level, RegionCode: region,
		})
		refused(t, "creating in "+region, err, fault.Invalid, "INVALID_REQUEST")
		if f := fault.As(err); f != nil && (len(f.Violations) != 1 || f.Violations[0].Field != "region_code") {
			t.Errorf("violations: %v", f.Violations)
		}
	}
	_, err = users.UpdateUser(ctx, &authv1.UpdateUserRequest{User: &authv1.User{Id: own, RegionCode: "330327"}})
	refused(t, "giving a user away", err, fault.Invalid, "INVALID_REQUEST")
}

// Why somebody was let in or out stands in the trail: a dot there tells nobody anything.
func TestAReasonForTheTrailSaysSomething(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	users, accounts := h.users(t, login.GetAccessToken()), h.accounts(t, login.GetAccessToken())
	id := create(t, users, "xihu", "330106", county, clerk)
	for what, act := range map[string]func(reason string) error{
		"disabling": func(reason string) error {
			_, err := users.DisableUser(ctx, &authv1.DisableUserRequest{Id: id, Reason: reason})
			return err
		},
		"enabling": func(reason string) error {
			_, err := users.EnableUser(ctx, &authv1.EnableUserRequest{Id: id, Reason: reason})
			return err
		},
		"a new password": func(reason string) error {
			_, err := users.ResetPassword(ctx, &authv1.ResetPasswordRequest{Id: id, Reason: reason})
			return err
		},
		"disabling an account": func(reason string) error {
			_, err := accounts.DisableServiceAccount(ctx, &authv1.DisableServiceAccountRequest{Name: "upload", Reason: reason})
			return err
		},
	} {
		for _, reason := range []string{" ", "\u200b", "。"} {
			err := act(reason)
			refused(t, what, err, fault.Invalid, "INVALID_REQUEST")
			if f := fault.As(err); f != nil && (len(f.Violations) != 1 || f.Violations[0].Field != "reason") {
				t.Errorf("%s because %q: %v", what, reason, f.Violations)
			}
		}
	}
}

func TestAUserIsChangedByTheMask(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	users := h.users(t, login.GetAccessToken())
	id := create(t, users, "xihu", "330106", county, clerk, commonv1.Role_ROLE_READER)
	update := func(u *authv1.User, paths ...string) (*authv1.User, error) {
		resp, err := users.UpdateUser(ctx, &authv1.UpdateUserRequest{User: u, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
		return resp.GetUser(), err
	}
	u, err := update(&authv1.User{Id: id, DisplayName: "李老师", RegionCode: "330327", ExternalId: "li"}, "display_name", "external_id")
	if err != nil || u.GetDisplayName() != "李老师" || u.GetRegionCode() != "330106" || u.GetExternalId() != "li" || len(u.GetRoles()) != 2 {
		t.Errorf("%v, %v", u, err)
	}
	_, err = update(&authv1.User{Id: id}, "username", "level")
	refused(t, "what can't be changed", err, fault.Invalid, "INVALID_REQUEST")
	_, err = update(&authv1.User{Id: id, DisplayName: " ", RegionCode: "330103", Roles: []commonv1.Role{0}}, "display_name", "region_code", "roles")
	if f := fault.As(err); f == nil || len(f.Violations) != 3 {
		t.Errorf("violations come one by one: %v", err)
	}
	_, err = update(&authv1.User{Id: id}, "roles")
	refused(t, "no role", err, fault.Invalid, "INVALID_REQUEST")
	_, err = update(&authv1.User{Id: login.GetUser().GetId(), ExternalId: "li"}, "external_id")
	refused(t, "one person as two users", err, fault.Exists, "ALREADY_EXISTS")
	_, err = update(&authv1.User{Id: login.GetUser().GetId(), Roles: []commonv1.Role{clerk}}, "roles")
	refused(t, "own roles", err, fault.Precondition, "OWN_ACCOUNT")

	// An access token with what was taken away stops within a minute.
	create(t, users, "hangzhou", "330100", city, administrator)
	theirs := h.member(t, "hangzhou")
	h.clock.pass(time.Second)
	if _, err := update(&authv1.User{Id: theirs.GetUser().GetId(), Roles: []commonv1.Role{clerk}}, "roles"); err != nil {
		t.Fatal(err)
	}
	h.clock.pass(time.Minute)
	_, err = h.users(t, theirs.GetAccessToken()).ListUsers(ctx, &authv1.ListUsersRequest{})
	refused(t, "with the old roles", err, fault.Unauthenticated, "TOKEN_EXPIRED")
	renewed, err := h.auth(t, "").Refresh(ctx, &authv1.RefreshRequest{RefreshToken: theirs.GetRefreshToken()})
	if err != nil || !slices.Equal(renewed.GetUser().GetRoles(), []commonv1.Role{clerk}) {
		t.Errorf("%v, %v", renewed, err)
	}
}

func TestADisabledUserIsOutAndHandsTheWorkOver(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	users := h.users(t, login.GetAccessToken())
	id, successor := create(t, users, "xihu", "330106", county), create(t, users, "next", "330106", county)
	create(t, users, "elsewhere", "330327", county)
	create(t, users, "reader", "330106", county, commonv1.Role_ROLE_READER)
	theirs := h.member(t, "xihu")
	disable := func(id, to string) error {
		_, err := users.DisableUser(ctx, &authv1.DisableUserRequest{Id: id, Reason: "调离", HandOverTo: to})
		return err
	}
	for _, to := range []string{"elsewhere", "reader", "nobody", "xihu", "?'"} {
		refused(t, "handing over to "+to, disable(id, to), fault.Invalid, "SUCCESSOR_INVALID")
	}
	refused(t, "what no table can hold", disable(id, "?\x00"), fault.Invalid, "INVALID_REQUEST")
	refused(t, "oneself", disable(login.GetUser().GetId(), ""), fault.Precondition, "OWN_ACCOUNT")
	h.clock.pass(time.Second)
	if err := disable(id, "next"); err != nil {
		t.Fatal(err)
	}
	refused(t, "twice", disable(id, "next"), fault.Precondition, "USER_DISABLED")

	_, err := h.auth(t, "").Refresh(ctx, &authv1.RefreshRequest{RefreshToken: theirs.GetRefreshToken()})
	refused(t, "refresh", err, fault.Unauthenticated, "TOKEN_EXPIRED")
	_, err = h.auth(t, "").Login(ctx, &authv1.LoginRequest{Username: "xihu", Password: secretPassword})
	refused(t, "login", err, fault.Unauthenticated, "CREDENTIALS_INVALID")
	h.clock.pass(time.Minute)
	_, err = h.auth(t, theirs.GetAccessToken()).GetMe(ctx, &authv1.GetMeRequest{})
	refused(t, "access token", err, fault.Unauthenticated, "TOKEN_EXPIRED")

	// The event says who takes the work over.
	received := make(chan *eventv1.UserDisabled, 1)
	consuming, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		done <- h.events.Consume(consuming, bus.ConsumerOptions{Durable: "test", Subjects: []string{"baoxue.regionauth.v1.user_disabled.330106"}},
			func(_ context.Context, events []bus.Event) error {
				var u eventv1.UserDisabled
				if err := events[0].Decode(&u); err != nil {
					return err
				}
				received <- &u
				return nil
			})
	}()
	select {
	case u := <-received:
		if u.GetUserId() != id || u.GetSuccessorId() != successor || u.GetOccurTime() == nil {
			t.Errorf("event: %v", u)
		}
	case <-ctx.Done():
		t.Error("no event")
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}

	got, err := users.EnableUser(ctx, &authv1.EnableUserRequest{Id: id, Reason: "回来了"})
	if err != nil || got.GetUser().GetDisabled() {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := h.auth(t, "").Login(ctx, &authv1.LoginRequest{Username: "xihu", Password: secretPassword}); err != nil {
		t.Errorf("after enabling: %v", err)
	}
}

func TestOnlyAUserOfWhomNothingIsLeftIsDeleted(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	users := h.users(t, login.GetAccessToken())
	unused, used := create(t, users, "unused", "330106", county), create(t, users, "used", "330106", county)
	h.member(t, "used")
	remove := func(id string) error {
		_, err := users.DeleteUser(ctx, &authv1.DeleteUserRequest{Id: id})
		return err
	}
	service, err := h.auth(t, "").IssueServiceToken(ctx, &authv1.IssueServiceTokenRequest{Service: "ledger", Secret: serviceSecret})
	if err != nil {
		t.Fatal(err)
	}
	ledger := h.users(t, service.GetAccessToken())
	confirm := func(id, as string) error {
		_, err := ledger.ConfirmHandOver(ctx, &authv1.ConfirmHandOverRequest{UserId: id, Service: as, Items: 3})
		return err
	}
	for _, id := range []string{unused, used} {
		// Of a user who is not disabled nothing can have been handed over.
		if err := confirm(id, "ledger"); err != nil {
			t.Fatal(err)
		}
		refused(t, "enabled", remove(id), fault.Precondition, "USER_HOLDS_WORK")
		if _, err := users.DisableUser(ctx, &authv1.DisableUserRequest{Id: id, Reason: "x"}); err != nil {
			t.Fatal(err)
		}
		refused(t, "not confirmed", remove(id), fault.Precondition, "USER_HOLDS_WORK")
		refused(t, "in another's name", confirm(id, "verification"), fault.Denied, "PERMISSION_DENIED")
		for range 2 {
			if err := confirm(id, "ledger"); err != nil {
				t.Fatal(err)
			}
		}
	}
	refused(t, "who has logged in", remove(used), fault.Precondition, "USER_HAS_HISTORY")
	if err := remove(unused); err != nil {
		t.Errorf("who never did: %v", err)
	}
	refused(t, "again", remove(unused), fault.NotFound, "NOT_FOUND")
	if err := confirm(unused, "ledger"); err != nil {
		t.Errorf("a confirmation that comes again: %v", err)
	}
}

func TestAResetPasswordIsForTheFirstLogin(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	users := h.users(t, login.GetAccessToken())
	id := create(t, users, "xihu", "330106", county)
	theirs := h.member(t, "xihu")
	_, err := users.ResetPassword(ctx, &authv1.ResetPasswordRequest{Id: login.GetUser().GetId(), Reason: "x"})
	refused(t, "one's own", err, fault.Precondition, "OWN_ACCOUNT")
	passwords := map[string]bool{}
	for range 3 {
		reset, err := users.ResetPassword(ctx, &authv1.ResetPasswordRequest{Id: id, Reason: "忘记密码"})
		if err != nil || len(reset.GetPassword()) < 16 || passwords[reset.GetPassword()] {
			t.Fatalf("%v, %v", reset, err)
		}
		passwords[reset.GetPassword()] = true
		again, err := h.auth(t, "").Login(ctx, &authv1.LoginRequest{Username: "xihu", Password: reset.GetPassword()})
		if err != nil || !again.GetUser().GetMustChangePassword() {
			t.Fatalf("%v, %v", again, err)
		}
	}
	_, err = h.auth(t, "").Refresh(ctx, &authv1.RefreshRequest{RefreshToken: theirs.GetRefreshToken()})
	refused(t, "the login before", err, fault.Unauthenticated, "TOKEN_EXPIRED")
	_, err = h.auth(t, "").Login(ctx, &authv1.LoginRequest{Username: "xihu", Password: secretPassword})
	refused(t, "the password before", err, fault.Unauthenticated, "CREDENTIALS_INVALID")
}

func TestLogoutEverywhereEndsEveryLogin(t *testing.T) {
	h := serve(t)
	ctx, first := testkit.Context(t), h.province(t)
	second, err := h.auth(t, "").Login(ctx, &authv1.LoginRequest{Username: "zhejiang", Password: secretPassword})
	if err != nil {
		t.Fatal(err)
	}
	h.clock.pass(time.Second)
	if _, err := h.auth(t, first.GetAccessToken()).LogoutEverywhere(ctx, &authv1.LogoutEverywhereRequest{}); err != nil {
		t.Fatal(err)
	}
	after, err := h.auth(t, "").Login(ctx, &authv1.LoginRequest{Username: "zhejiang", Password: secretPassword})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []*authv1.LoginResponse{first, second} {
		_, err := h.auth(t, "").Refresh(ctx, &authv1.RefreshRequest{RefreshToken: l.GetRefreshToken()})
		refused(t, "refresh", err, fault.Unauthenticated, "TOKEN_EXPIRED")
	}
	h.clock.pass(time.Minute)
	for _, l := range []*authv1.LoginResponse{first, second} {
		_, err := h.auth(t, l.GetAccessToken()).GetMe(ctx, &authv1.GetMeRequest{})
		refused(t, "access token", err, fault.Unauthenticated, "TOKEN_EXPIRED")
	}
	if _, err := h.auth(t, after.GetAccessToken()).GetMe(ctx, &authv1.GetMeRequest{}); err != nil {
		t.Errorf("a login after it: %v", err)
	}
}
