package domain_test

import (
	"slices"
	"strings"
	"testing"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

func TestNewUser(t *testing.T) {
	regions := load(t)
	good := domain.NewUser{
		Username: "xihu", Password: "correct horse", DisplayName: "西湖区教育局", Level: domain.LevelCounty, Region: "330106",
	}
	with := func(change func(*domain.NewUser)) domain.NewUser {
		u := good
		change(&u)
		return u
	}
	for name, c := range map[string]struct {
		user domain.NewUser
		want []string // field and reason
	}{
		"fine":                   {good, nil},
		"fine, of the province":  {with(func(u *domain.NewUser) { u.Level, u.Region = domain.LevelProvince, "330000" }), nil},
		"fine, 256 characters":   {with(func(u *domain.NewUser) { u.Password = strings.Repeat("密码", 100) + strings.Repeat("很长", 28) }), nil},
		"upper case":             {with(func(u *domain.NewUser) { u.Username = "XiHu" }), []string{"username INVALID_REQUEST"}},
		"one letter":             {with(func(u *domain.NewUser) { u.Username = "x" }), []string{"username INVALID_REQUEST"}},
		"what no table can hold": {with(func(u *domain.NewUser) { u.Username = "xi\x00hu" }), []string{"username INVALID_REQUEST"}},
		"11 characters":          {with(func(u *domain.NewUser) { u.Password = "十一个字的密码不够长啊" }), []string{"password PASSWORD_TOO_WEAK"}},
		"257 characters":         {with(func(u *domain.NewUser) { u.Password = strings.Repeat("x", 257) }), []string{"password PASSWORD_TOO_WEAK"}},
		"the name in it":         {with(func(u *domain.NewUser) { u.Password = "my-XiHu-password" }), []string{"password PASSWORD_TOO_WEAK"}},
		"a name of spaces":       {with(func(u *domain.NewUser) { u.DisplayName = "  " }), []string{"display_name REQUIRED"}},
		"a name with a line end": {with(func(u *domain.NewUser) { u.DisplayName = "西湖\n区" }), []string{"display_name INVALID_REQUEST"}},
		"level above its region": {with(func(u *domain.NewUser) { u.Level = domain.LevelCity }), []string{"region_code REGION_LEVEL_MISMATCH"}},
		"another province":       {with(func(u *domain.NewUser) { u.Region = "310101" }), []string{"region_code REGION_LEVEL_MISMATCH"}},
		"abolished":              {with(func(u *domain.NewUser) { u.Region = "330103" }), []string{"region_code REGION_LEVEL_MISMATCH"}},
		"no region":              {with(func(u *domain.NewUser) { u.Region = "" }), []string{"region_code REQUIRED"}},
		"a level that isn't one": {with(func(u *domain.NewUser) { u.Level = 7 }), []string{"level REQUIRED"}},
		"nothing": {domain.NewUser{}, []string{
			"username REQUIRED", "password REQUIRED", "display_name REQUIRED", "level REQUIRED", "region_code REQUIRED",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			err := c.user.Check(regions, today)
			if f := fault.As(err); f != nil {
				if f.Kind != fault.Invalid {
					t.Errorf("kind %v", f.Kind)
				}
				for _, v := range f.Violations {
					got = append(got, v.Field+" "+v.Reason)
					if v.Message == "" {
						t.Errorf("%s: no message", v.Field)
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
