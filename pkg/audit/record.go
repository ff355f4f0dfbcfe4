package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"baoxue.internal/pkg/rpc"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

// Outcome says whether it was done.
type Outcome int16

// The outcomes.
const (
	// Done is also what a Record without an outcome means.
	Done    = Outcome(auditv1.Record_OUTCOME_DONE)
	Refused = Outcome(auditv1.Record_OUTCOME_REFUSED)
)

// Record is something that was done or refused. Who, from where and the request
// are taken from the context unless they are given.
type Record struct {
	// Time it happened; zero means now.
	Time time.Time
	// ActorID is a user's id or "service:<name>", ActorName for people to read.
	// The name is taken from the context only together with the id.
	ActorID, ActorName string
	Address, RequestID string
	// Action is words in lower case joined by dots, the kind of thing first.
	Action string
	// ResourceType and ResourceID say what it was done to.
	ResourceType, ResourceID string
	// Region is the code of the region concerned.
	Region  string
	Outcome Outcome
	// Reason is the user's, or the error reason of a refusal.
	Reason string
	// Details are counts and codes, never names, numbers or free text: keys of
	// lower case letters and _, values of at most 256 bytes, at most 32 of them.
	Details map[string]string
}

// What a text may be long, in bytes: a column for search must fit an index.
const (
	longestID     = 128
	longestName   = 256
	longestReason = 2048
	longestValue  = 256
	mostDetails   = 32
)

var (
	actionShape = regexp.MustCompile(`^[a-z]+([._][a-z]+)*$`)
	detailShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	// longNumber is a document or telephone number rather than a count or a code.
	longNumber = regexp.MustCompile(`\d{11,}[Xx]?`)
)

// complete returns the record as it will stand, with everything from the
// context. It fails only on what a programmer got wrong: what a user typed is
// made to fit, so that it can't keep itself out of the trail.
func (r Record) complete(ctx context.Context) (Record, error) {
	if !actionShape.MatchString(r.Action) || len(r.Action) > 64 {
		return r, fmt.Errorf("audit: action %q", r.Action)
	}
	if len(r.Details) > mostDetails {
		return r, fmt.Errorf("audit: %s has %d details", r.Action, len(r.Details))
	}
	for key, value := range r.Details {
		if !detailShape.MatchString(key) || len(value) > longestValue || clean(value, longestValue) != value {
			return r, fmt.Errorf("audit: %s: detail %q", r.Action, key)
		}
	}
	if r.Time.IsZero() {
		r.Time = time.Now()
	}
	if r.Outcome == 0 {
		r.Outcome = Done
	}
	if r.ActorID == "" {
		caller := rpc.IdentityFrom(ctx)
		r.ActorID, r.ActorName = caller.Subject, caller.Name
	}
	if r.Address == "" {
		r.Address = rpc.ClientAddress(ctx)
	}
	if r.RequestID == "" {
		r.RequestID = rpc.RequestID(ctx)
	}
	r.ActorID, r.ActorName = clean(r.ActorID, longestID), clean(r.ActorName, longestName)
	r.Address, r.RequestID = clean(r.Address, longestID), clean(r.RequestID, longestID)
	r.ResourceType, r.ResourceID = clean(r.ResourceType, longestID), clean(r.ResourceID, longestID)
	r.Region = clean(r.Region, longestID)
	r.Reason = clean(longNumber.ReplaceAllStringFunc(r.Reason, mask), longestReason)
	return r, nil
}

// mask leaves what tells a reader which kind of number it was.
func mask(number string) string { return number[:3] + strings.Repeat("*", len(number)-3) }

// clean makes a text fit for the database: valid, without NUL, cut at a
// character.
func clean(text string, most int) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
	if len(text) <= most {
		return text
	}
	cut := most - len("…")
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

func (r Record) detailsJSON() (string, error) {
	if len(r.Details) == 0 {
		return "{}", nil
	}
	text, err := json.Marshal(r.Details)
	return string(text), err
}
