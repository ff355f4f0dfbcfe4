package app

import (
	"context"
	"encoding/base64"
	"slices"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

const defaultPageSize = 50

// UserQuery is what is asked of a list of users.
type UserQuery struct {
	// Region is a code; a city's stands for its counties too. Empty means all.
	Region string
	// Q is part of the user name or the display name.
	Q string
	// Size of a page; 0 means 50.
	Size      int
	PageToken string
}

// List lists the users whom the manager manages, in order of name. The next
// page's token is empty after the last page. It holds the last name, which stays
// a place in the order whatever is added or removed meanwhile.
func (p People) List(ctx context.Context, by domain.Manager, q UserQuery) (users []domain.User, next string, err error) {
	after, err := base64.RawURLEncoding.DecodeString(q.PageToken)
	if err != nil || (len(after) > 0 && !domain.IsUsername(string(after))) {
		return nil, "", errPageToken
	}
	if q.Size == 0 {
		q.Size = defaultPageSize
	}
	regions, any := p.regionsFor(by, q.Region)
	if !any {
		return nil, "", nil
	}
	users, err = p.Store.ListUsers(ctx, UserFilter{After: string(after), Regions: regions, Q: q.Q, Most: q.Size + 1})
	if err != nil {
		return nil, "", err
	}
	if len(users) > q.Size {
		users = users[:q.Size]
		next = base64.RawURLEncoding.EncodeToString([]byte(users[q.Size-1].Username))
	}
	users, err = p.withLocks(ctx, users...)
	return users, next, err
}

var errPageToken = fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "翻页标记无效，请从第一页重新查询")

// regionsFor are the regions whose users to list; none with any means all.
func (p People) regionsFor(by domain.Manager, region string) (regions []string, any bool) {
	table := p.Regions.Table()
	reach := table.CountiesEver(by.Region)
	if by.Level == domain.LevelProvince {
		reach = nil
	}
	if region == "" {
		return reach, by.Level == domain.LevelProvince || len(reach) > 0
	}
	wanted := append(table.CountiesEver(region), region)
	if reach != nil {
		wanted = slices.DeleteFunc(wanted, func(code string) bool { return !slices.Contains(reach, code) })
	}
	return wanted, len(wanted) > 0
}
