package audit

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"baoxue.internal/pkg/fault"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

const (
	usualPage = 50
	widest    = 200
)

// search returns a page of records, newest first, and the token of the next
// page, empty after the last.
func search(ctx context.Context, db querier, service string, req *auditv1.SearchRecordsRequest) (records []*auditv1.Record, next string, err error) {
	size := int(req.GetPageSize())
	if size <= 0 {
		size = usualPage
	}
	size = min(size, widest)
	after, err := readToken(req)
	if err != nil {
		return nil, "", err
	}
	where, args := conditions(req, after)
	found := fmt.Sprintf("%s%s ORDER BY occurred_at DESC, id DESC LIMIT %d", anyRecords, where, size+1)
	records, err = query(ctx, db, service, found, args...)
	if err != nil || len(records) <= size {
		return records, "", err
	}
	records = records[:size]
	last := records[size-1]
	return records, makeToken(req, position{Time: last.GetOccurTime().AsTime(), ID: last.GetId()}), nil
}

// conditions holds only what is asked for, so that the planner sees which index
// serves.
func conditions(req *auditv1.SearchRecordsRequest, after *position) (where string, args []any) {
	var all []string
	add := func(format string, values ...any) {
		places := make([]any, len(values))
		for i := range values {
			places[i] = len(args) + i + 1
		}
		all, args = append(all, fmt.Sprintf(format, places...)), append(args, values...)
	}
	if from := req.GetFromTime(); from != nil {
		add("occurred_at >= $%d", from.AsTime())
	}
	if until := req.GetUntilTime(); until != nil {
		add("occurred_at < $%d", until.AsTime())
	}
	if req.GetActorId() != "" {
		add("actor_id = $%d", req.GetActorId())
	}
	if beginning, ok := strings.CutSuffix(req.GetAction(), "."); ok {
		// "/" comes right after "." in the column's byte order.
		add("action >= $%d AND action < $%d", beginning+".", beginning+"/")
	} else if req.GetAction() != "" {
		add("action = $%d", req.GetAction())
	}
	if req.GetResourceId() != "" {
		add("resource_id = $%d", req.GetResourceId())
	}
	if req.GetRegionCode() != "" {
		add("region_code = $%d", req.GetRegionCode())
	}
	if req.GetOutcome() != auditv1.Record_OUTCOME_UNSPECIFIED {
		add("outcome = $%d", int16(req.GetOutcome()))
	}
	if after != nil {
		add("(occurred_at, id) < ($%d, $%d::uuid)", after.Time, after.ID)
	}
	if len(all) == 0 {
		return "", nil
	}
	return "WHERE " + strings.Join(all, " AND "), args
}

// position is where a page ended. It is bound to what was asked for: with
// another filter it would silently skip records.
type position struct {
	Time  time.Time `json:"t"`
	ID    string    `json:"i"`
	Asked []byte    `json:"f"`
}

func asked(req *auditv1.SearchRecordsRequest) []byte {
	filter := proto.CloneOf(req)
	filter.PageSize, filter.PageToken = 0, ""
	// A message of plain fields always marshals.
	text, _ := proto.MarshalOptions{Deterministic: true}.Marshal(filter)
	sum := sha256.Sum256(text)
	return sum[:8]
}

func makeToken(req *auditv1.SearchRecordsRequest, p position) string {
	p.Asked = asked(req)
	// A struct of plain fields always marshals.
	text, _ := json.Marshal(p)
	return base64.RawURLEncoding.EncodeToString(text)
}

func readToken(req *auditv1.SearchRecordsRequest) (*position, error) {
	if req.GetPageToken() == "" {
		return nil, nil //nolint:nilnil // no token, from the newest on
	}
	invalid := fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "翻页标记无效，请从第一页重新开始")
	text, err := base64.RawURLEncoding.DecodeString(req.GetPageToken())
	if err != nil {
		return nil, invalid.Because(err)
	}
	var p position
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, invalid.Because(err)
	}
	if string(p.Asked) != string(asked(req)) || !uuidShape.MatchString(p.ID) {
		return nil, invalid
	}
	return &p, nil
}
