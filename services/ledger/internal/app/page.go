package app

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/domain"
)

// Place is behind an entry of a list.
type Place struct {
	ID string
	// Name is the entry's, in the order of names.
	Name string
}

// Beginning is the id of the place before all entries.
const Beginning = "00000000-0000-0000-0000-000000000000"

// A page token is bound to its filter: with another filter it would silently leave entries
// out. It says the entry's name sealed: tokens lie in the logs of whoever is in between.
type pageToken struct {
	After  string `json:"a"`
	Name   []byte `json:"n,omitempty"`
	Filter string `json:"f"`
}

const sealedName = "ledger page by name"

func fingerprint(f Filter) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", f))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

func (e Entries) makePageToken(last *domain.Entry, f Filter) (string, error) {
	t := pageToken{After: last.ID, Filter: fingerprint(f)}
	if f.Order == OrderName {
		var err error
		if t.Name, err = e.Sealer.Seal(domain.NameInOrder(last.PersonName), sealedName); err != nil {
			return "", fmt.Errorf("page token: %w", err)
		}
	}
	text, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("page token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

func (e Entries) readPageToken(token string, f Filter) (Place, error) {
	if token == "" {
		return Place{ID: Beginning}, nil
	}
	var t pageToken
	var name string
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	if err == nil {
		name, err = e.Sealer.Unseal(t.Name, sealedName)
	}
	if err != nil || t.Filter != fingerprint(f) || domain.CheckID(t.After) != nil {
		return Place{}, fault.FromViolations("PAGE_TOKEN_INVALID", "翻页标记无效，请从第一页重新查询", []fault.Violation{
			{Field: "page_token", Reason: "PAGE_TOKEN_INVALID", Message: "翻页标记与查询条件不符"},
		})
	}
	return Place{ID: t.After, Name: name}, nil
}
