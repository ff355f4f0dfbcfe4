package app

import (
	"context"
	"encoding/base64"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

const defaultPageSize = 50

// ListUsers lists users in order of name; size 0 means 50. The next page's token
// is empty after the last page. It holds the last name, which stays a place in
// the order whatever is added or removed meanwhile.
func (a Access) ListUsers(ctx context.Context, size int, pageToken string) (users []domain.User, next string, err error) {
	after, err := base64.RawURLEncoding.DecodeString(pageToken)
	if err != nil || (len(after) > 0 && !domain.IsUsername(string(after))) {
		return nil, "", fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "翻页标记无效，请从第一页重新查询")
	}
	if size == 0 {
		size = defaultPageSize
	}
	users, err = a.Store.ListUsers(ctx, string(after), size+1)
	if err != nil {
		return nil, "", err
	}
	if len(users) > size {
		users = users[:size]
		next = base64.RawURLEncoding.EncodeToString([]byte(users[size-1].Username))
	}
	return users, next, nil
}
