package domain_test

import (
	"testing"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

var (
	theProvince = domain.Manager{ID: "p", Level: domain.LevelProvince, Region: domain.Province}
	hangzhou    = domain.Manager{ID: "h", Level: domain.LevelCity, Region: "330100"}
	xihu        = domain.Manager{ID: "x", Level: domain.LevelCounty, Region: "330106"}
)

func user(id string, level domain.RegionLevel, region string, roles ...domain.Role) domain.User {
	return domain.User{ID: id, Level: level, Region: region, Roles: roles}
}

func TestWhoManagesWhom(t *testing.T) {
	regions := load(t)
	for _, c := range []struct {
		by     domain.Manager
		level  domain.RegionLevel
		region string
		want   bool
	}{
		{theProvince, domain.LevelProvince, domain.Province, true},
		{theProvince, domain.LevelCity, "330300", true},
		{theProvince, domain.LevelCounty, "330327", true},
		{hangzhou, domain.LevelCounty, "330106", true},
		// Abolished in 2021; its users are still Hangzhou's.
		{hangzhou, domain.LevelCounty, "330103", true},
		{hangzhou, domain.LevelCounty, "330327", false},
		{hangzhou, domain.LevelCity, "330100", false},
		{hangzhou, domain.LevelProvince, domain.Province, false},
		{xihu, domain.LevelCounty, "330106", false},
	} {
		if got := c.by.Manages(c.level, c.region, regions); got != c.want {
			t.Errorf("%s manages %s: %v", c.by.Region, c.region, got)
		}
	}
}

func reason(err error) string {
	if f := fault.As(err); f != nil {
		return f.Reason
	}
	return ""
}

func TestDisabling(t *testing.T) {
	regions := load(t)
	clerk := user("c", domain.LevelCounty, "330106", domain.Clerk)
	disabled := clerk
	disabled.Disabled = true
	gone := user("g", domain.LevelCounty, "330106", domain.Clerk)
	gone.Disabled = true
	other := func(level domain.RegionLevel, region string, roles ...domain.Role) *domain.User {
		u := user("o", level, region, roles...)
		return &u
	}
	for name, c := range map[string]struct {
		by        domain.Manager
		user      domain.User
		successor *domain.User
		others    int
		want      string
	}{
		"fine":                           {hangzhou, clerk, nil, 0, ""},
		"fine, to a colleague":           {hangzhou, clerk, other(domain.LevelCounty, "330106", domain.Reader, domain.Clerk), 0, ""},
		"out of reach":                   {hangzhou, user("c", domain.LevelCounty, "330327", domain.Clerk), nil, 0, "NOT_FOUND"},
		"out of reach, and all is wrong": {hangzhou, user("h", domain.LevelCity, "330100", domain.Administrator), &domain.User{}, 0, "NOT_FOUND"},
		"oneself":                        {theProvince, user("p", domain.LevelProvince, domain.Province, domain.Administrator), nil, 3, "OWN_ACCOUNT"},
		"again":                          {theProvince, disabled, nil, 1, "USER_DISABLED"},
		"the last administrator":         {theProvince, user("q", domain.LevelProvince, domain.Province, domain.Administrator), nil, 0, "LAST_ADMINISTRATOR"},
		"the last but one":               {theProvince, user("q", domain.LevelProvince, domain.Province, domain.Administrator), nil, 1, ""},
		"a province clerk":               {theProvince, user("q", domain.LevelProvince, domain.Province, domain.Clerk), nil, 0, ""},
		"to nobody there":                {theProvince, clerk, &domain.User{}, 1, "SUCCESSOR_INVALID"},
		"to oneself":                     {theProvince, clerk, &clerk, 1, "SUCCESSOR_INVALID"},
		"to another county":              {theProvince, clerk, other(domain.LevelCounty, "330327", domain.Clerk), 1, "SUCCESSOR_INVALID"},
		"to a reader":                    {theProvince, clerk, other(domain.LevelCounty, "330106", domain.Reader), 1, "SUCCESSOR_INVALID"},
		"to one who is gone":             {theProvince, clerk, &gone, 1, "SUCCESSOR_INVALID"},
	} {
		if got := reason(c.by.CheckDisable(c.user, c.successor, c.others, regions)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestDeleting(t *testing.T) {
	regions := load(t)
	unused := user("c", domain.LevelCounty, "330106", domain.Clerk)
	unused.Disabled = true
	used := unused
	used.LastLoginAt = time.Now()
	for name, c := range map[string]struct {
		user      domain.User
		confirmed []string
		want      string
	}{
		"nothing is left": {unused, domain.Holders, ""},
		"enabled":         {user("c", domain.LevelCounty, "330106", domain.Clerk), domain.Holders, "USER_HOLDS_WORK"},
		"work is left":    {unused, []string{"verification"}, "USER_HOLDS_WORK"},
		"history":         {used, domain.Holders, "USER_HAS_HISTORY"},
		"out of reach":    {user("c", domain.LevelCity, "330100"), nil, "NOT_FOUND"},
	} {
		if got := reason(hangzhou.CheckDelete(c.user, c.confirmed, regions)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestChangingAUser(t *testing.T) {
	regions := load(t)
	ptr := func(s string) *string { return &s }
	roles := func(r ...domain.Role) *[]domain.Role { return &r }
	admin := user("q", domain.LevelProvince, domain.Province, domain.Administrator)
	for name, c := range map[string]struct {
		by     domain.Manager
		user   domain.User
		change domain.UserChange
		others int
		want   string
	}{
		"nothing":                  {theProvince, admin, domain.UserChange{}, 0, ""},
		"the last one's role":      {theProvince, admin, domain.UserChange{Roles: roles(domain.Clerk)}, 0, "LAST_ADMINISTRATOR"},
		"one more role":            {theProvince, admin, domain.UserChange{Roles: roles(domain.Clerk, domain.Administrator)}, 0, ""},
		"the last but one's role":  {theProvince, admin, domain.UserChange{Roles: roles(domain.Clerk)}, 1, ""},
		"own roles":                {domain.Manager{ID: "q", Level: domain.LevelProvince}, admin, domain.UserChange{Roles: roles(domain.Clerk)}, 5, "OWN_ACCOUNT"},
		"own roles as they are":    {domain.Manager{ID: "q", Level: domain.LevelProvince}, admin, domain.UserChange{Roles: roles(domain.Administrator)}, 5, ""},
		"a county of another city": {hangzhou, user("c", domain.LevelCounty, "330106"), domain.UserChange{Region: ptr("330327")}, 0, "INVALID_REQUEST"},
		"another county":           {hangzhou, user("c", domain.LevelCounty, "330106"), domain.UserChange{Region: ptr("330102")}, 0, ""},
		"another level":            {theProvince, user("c", domain.LevelCounty, "330106"), domain.UserChange{Region: ptr("330100")}, 0, "INVALID_REQUEST"},
		"no name":                  {theProvince, admin, domain.UserChange{DisplayName: ptr("")}, 0, "INVALID_REQUEST"},
		"out of reach":             {hangzhou, admin, domain.UserChange{DisplayName: ptr("")}, 0, "NOT_FOUND"},
	} {
		if _, err := c.change.Of(c.user, c.by, c.others, regions, today); reason(err) != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
