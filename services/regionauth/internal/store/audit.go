package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/store/db"
)

// self is who acts when nobody asked.
const self = "service:regionauth"

// onUser is something done to a user by whoever the context names.
func onUser(action string, u domain.User) audit.Record {
	return audit.Record{
		Action: action, ResourceType: "user", ResourceID: u.ID, Region: u.Region, Details: map[string]string{"username": u.Username},
	}
}

// because gives the reason that the caller named.
func because(r audit.Record, reason string) audit.Record {
	r.Reason = reason
	return r
}

// byUser is something that a user did; before the login no token says who it is.
func byUser(action string, u domain.User) audit.Record {
	r := onUser(action, u)
	r.ActorID, r.ActorName = u.ID, u.DisplayName
	return r
}

func refreshRefused(owner db.User) audit.Record {
	r := byUser("refresh.refused", userOf(owner))
	r.Outcome, r.Reason = audit.Refused, "TOKEN_REUSED"
	if owner.DisabledAt != nil {
		r.Reason = "USER_DISABLED"
	}
	return r
}

func userCreated(created db.User, first bool) audit.Record {
	u := userOf(created)
	r := onUser("user.create", u)
	if first {
		// Nobody is there yet who could have done it.
		r = byUser("user.bootstrap", u)
	}
	r.Details["level"], r.Details["roles"] = strconv.Itoa(int(u.Level)), roleNumbers(u.Roles)
	return r
}

// userUpdated tells which fields were changed, and of those that decide what a
// user may do, how.
func userUpdated(was, is domain.User) audit.Record {
	r := onUser("user.update", is)
	var changed []string
	note := func(field string, differs bool, before, after string) {
		if !differs {
			return
		}
		changed = append(changed, field)
		if before != after {
			r.Details[field+"_before"], r.Details[field] = before, after
		}
	}
	note("display_name", was.DisplayName != is.DisplayName, "", "")
	note("external_id", was.ExternalID != is.ExternalID, "", "")
	note("region", was.Region != is.Region, was.Region, is.Region)
	note("roles", !slices.Equal(was.Roles, is.Roles), roleNumbers(was.Roles), roleNumbers(is.Roles))
	r.Details["changed"] = strings.Join(changed, ",")
	return r
}

func userDisabled(u domain.User, successor *domain.User, reason string) audit.Record {
	r := because(onUser("user.disable", u), reason)
	if successor != nil {
		r.Details["successor"] = successor.ID
	}
	return r
}

// keyRotated is the service's own doing, unless somebody asked for it.
func keyRotated(ctx context.Context, id string) audit.Record {
	r := audit.Record{Action: "key.rotate", ResourceType: "key", ResourceID: id}
	if rpc.IdentityFrom(ctx).Subject == "" {
		r.ActorID = self
	}
	return r
}

// A merger of more divisions than these is cut; the change itself has them all.
const mostCodes = 30

func regionChanged(c db.InsertRegionChangeParams) audit.Record {
	codes := func(all []string) string { return strings.Join(all[:min(len(all), mostCodes)], ",") }
	return audit.Record{
		Action: "region.change", ResourceType: "region_change", ResourceID: c.ID, Reason: c.Document, Details: map[string]string{
			"kind": strconv.Itoa(int(c.Kind)), "month": c.EffectiveMonth, "from": codes(c.FromCodes), "to": codes(c.ToCodes),
		},
	}
}

func roleNumbers(roles []domain.Role) string {
	texts := make([]string, len(roles))
	for i, r := range roles {
		texts[i] = strconv.Itoa(int(r))
	}
	return strings.Join(texts, ",")
}

// onAccount is something done to another system's account.
func onAccount(action string, a domain.ServiceAccount) audit.Record {
	return audit.Record{Action: action, ResourceType: "account", ResourceID: a.Name, Region: a.Region}
}

func accountWith(action string, a domain.ServiceAccount) audit.Record {
	r := onAccount(action, a)
	r.Details = map[string]string{"scopes": strings.Join(a.Scopes, ",")}
	return r
}

// byAccount is something that another system did.
func byAccount(action string, a domain.ServiceAccount) audit.Record {
	r := onAccount(action, a)
	r.ActorID, r.ActorName = subjectOf(a.Name), a.DisplayName
	return r
}
