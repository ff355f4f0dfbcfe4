package server

import (
	"cmp"
	"encoding/base64"
	"strings"

	"github.com/google/uuid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/verification/internal/app"
)

const (
	defaultPage = 50
	tokenParts  = 2
)

// pageSize asks for one more than the page, which tells whether there is a next.
func pageSize(asked int32) int { return int(cmp.Or(asked, defaultPage)) + 1 }

// pageToken is where the page ends, if there is a next.
func pageToken(day, entryID string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(day + " " + entryID))
}

func readPosition(token string) (app.Position, error) {
	if token == "" {
		return app.Position{}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	parts := strings.Split(string(text), " ")
	if err != nil || len(parts) != tokenParts || uuid.Validate(parts[1]) != nil {
		return app.Position{}, errPageToken
	}
	return app.Position{Day: parts[0], EntryID: parts[1]}, nil
}

var errPageToken = fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "翻页标记无效，请从第一页重新查询")

// checkIDToken refuses a token that is not the id of a page's last row.
func checkIDToken(token string) error {
	if token == "" || uuid.Validate(token) == nil {
		return nil
	}
	return errPageToken
}
