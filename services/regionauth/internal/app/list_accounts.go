package app

import (
	"context"
	"encoding/base64"

	"baoxue.internal/services/regionauth/internal/domain"
)

// List lists accounts in order of name.
func (a Accounts) List(ctx context.Context, size int, pageToken string) (accounts []domain.ServiceAccount, next string, err error) {
	after, err := base64.RawURLEncoding.DecodeString(pageToken)
	if err != nil || (len(after) > 0 && !domain.IsUsername(string(after))) {
		return nil, "", errPageToken
	}
	if size == 0 {
		size = defaultPageSize
	}
	accounts, err = a.Store.ListAccounts(ctx, string(after), size+1)
	if err != nil {
		return nil, "", err
	}
	if len(accounts) > size {
		accounts = accounts[:size]
		next = base64.RawURLEncoding.EncodeToString([]byte(accounts[size-1].Name))
	}
	return accounts, next, nil
}
