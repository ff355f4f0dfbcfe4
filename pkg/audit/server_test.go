package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit/chain"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/testkit"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
)

type people map[string]rpc.Identity

func (p people) Authenticate(_ context.Context, token string) (rpc.Identity, error) {
	return p[token], nil
}

var callers = people{
	"administrator": {Subject: "u1", Name: "管理", Level: commonv1.Level_LEVEL_PROVINCE, Roles: []commonv1.Role{commonv1.Role_ROLE_ADMINISTRATOR}},
	"clerk":         {Subject: "u2", Name: "经办", Level: commonv1.Level_LEVEL_COUNTY, Region: "330106", Roles: []commonv1.Role{commonv1.Role_ROLE_CLERK}},
	"auditor":       {Subject: "service:auditor", Scopes: []string{"audit.read"}},
}

var words = Words{
	Actions: map[string]string{"user.create": "新增用户"}, Resources: map[string]string{"user": "用户"},
	Details: map[string]string{"level": "层级"}, Values: map[string]string{"LOCKED_OUT": "已锁定"},
}

// serve returns a client for each caller of a trail behind the real layers.
func serve(t *testing.T, pool *pgxpool.Pool) map[string]auditv1.AuditServiceClient {
	t.Helper()
	trail, err := NewTrail(pool, "ledger", words, "sm3", quiet)
	if err != nil {
		t.Fatal(err)
	}
	server, err := rpc.NewServer(rpc.ServerOptions{Log: quiet, Authenticator: callers, Refused: trail.Refused}, trail.Register)
	if err != nil {
		t.Fatal(err)
	}
	address := testkit.Serve(t, server)
	clients := map[string]auditv1.AuditServiceClient{}
	for name := range callers {
		conn, err := rpc.Dial(address, rpc.ClientOptions{Token: func(context.Context) (string, error) { return name, nil }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		clients[name] = auditv1.NewAuditServiceClient(conn)
	}
	return clients
}

func actions(records []*auditv1.Record) (all []string) {
	for _, r := range records {
		all = append(all, r.GetAction()+" "+r.GetResourceId())
	}
	return all
}

func TestATrailSaysWhatItsActionsAreCalled(t *testing.T) {
	answer, err := serve(t, database(t))["administrator"].SearchRecords(testkit.Context(t), &auditv1.SearchRecordsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []struct{ named, wanted map[string]string }{
		{answer.GetActionNames(), map[string]string{"user.create": "新增用户", "audit.export": "导出审计记录"}},
		{answer.GetResourceNames(), map[string]string{"user": "用户", "trail": "审计记录"}},
		{answer.GetDetailNames(), map[string]string{"level": "层级", "until": "截止链号"}},
		{answer.GetValueNames(), map[string]string{"LOCKED_OUT": "已锁定", "PERMISSION_DENIED": "无权访问"}},
	} {
		for name, text := range words.wanted {
			if words.named[name] != text {
				t.Errorf("%s is called %q", name, words.named[name])
			}
		}
	}
}

func TestTheTrailIsSearchedByWhoWhatWhenAndWhere(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	begin := time.Date(2019, 7, 31, 0, 0, 0, 0, time.UTC)
	var records []Record
	for i := range 12 {
		records = append(records, Record{
			Time: begin.Add(time.Duration(i) * time.Hour), Action: []string{"user.create", "user.disable", "username.change", "login"}[i%4],
			ActorID: fmt.Sprintf("u%d", i%2), ResourceID: fmt.Sprint(i), Region: []string{"330106", ""}[i%2], Outcome: []Outcome{Done, Refused}[i/6],
		})
	}
	inTx(ctx, t, pool, records...)
	client := serve(t, pool)["auditor"]
	for name, test := range map[string]struct {
		req  *auditv1.SearchRecordsRequest
		want string
	}{
		"everything, newest first": {&auditv1.SearchRecordsRequest{}, "11 10 9 8 7 6 5 4 3 2 1 0"},
		"who":                      {&auditv1.SearchRecordsRequest{ActorId: "u1"}, "11 9 7 5 3 1"},
		"an action":                {&auditv1.SearchRecordsRequest{Action: "user.create"}, "8 4 0"},
		"a kind of action":         {&auditv1.SearchRecordsRequest{Action: "user."}, "9 8 5 4 1 0"},
		"what":                     {&auditv1.SearchRecordsRequest{ResourceId: "7"}, "7"},
		"where":                    {&auditv1.SearchRecordsRequest{RegionCode: "330106"}, "10 8 6 4 2 0"},
		"refusals":                 {&auditv1.SearchRecordsRequest{Outcome: auditv1.Record_OUTCOME_REFUSED}, "11 10 9 8 7 6"},
		"when": {&auditv1.SearchRecordsRequest{
			FromTime: timestamppb.New(begin.Add(2 * time.Hour)), UntilTime: timestamppb.New(begin.Add(4 * time.Hour)),
		}, "3 2"},
		"all at once": {&auditv1.SearchRecordsRequest{ActorId: "u0", Action: "user.", RegionCode: "330106", FromTime: timestamppb.New(begin.Add(time.Hour))}, "8 4"},
		"nothing":     {&auditv1.SearchRecordsRequest{ActorId: "' OR true --"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for size := int32(1); size <= 13; size += 4 {
				var got []string
				req := proto.CloneOf(test.req)
				for req.PageSize = size; ; {
					page, err := client.SearchRecords(ctx, req)
					if err != nil {
						t.Fatal(err)
					}
					if len(page.GetRecords()) > int(size) {
						t.Fatalf("%d records on a page of %d", len(page.GetRecords()), size)
					}
					for _, r := range page.GetRecords() {
						got = append(got, r.GetResourceId())
					}
					if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
						break
					}
				}
				if strings.Join(got, " ") != test.want {
					t.Errorf("pages of %d: %v, want %s", size, got, test.want)
				}
			}
		})
	}
	first, err := client.SearchRecords(ctx, &auditv1.SearchRecordsRequest{PageSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, req := range map[string]*auditv1.SearchRecordsRequest{
		"of another filter": {PageToken: first.GetNextPageToken(), ActorId: "u1"},
		"invented":          {PageToken: "x"},
	} {
		if _, err := client.SearchRecords(ctx, req); !fault.Is(err, "PAGE_TOKEN_INVALID") {
			t.Errorf("a token %s: %v", name, err)
		}
	}
}

func export(ctx context.Context, t *testing.T, client auditv1.AuditServiceClient, after int64) (records []*auditv1.Record, head chain.Head) {
	t.Helper()
	stream, err := client.ExportRecords(ctx, &auditv1.ExportRecordsRequest{AfterSequence: after})
	if err != nil {
		t.Fatal(err)
	}
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return records, head
		}
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, part.GetRecords()...)
		head = chain.Head{Sequence: part.GetHeadSequence(), Digest: part.GetHeadDigest()}
	}
}

func TestTheExportIsTheSealedChain(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	client := serve(t, pool)["administrator"]
	if records, head := export(ctx, t, client, 0); len(records) != 0 || head.Sequence != 0 {
		t.Fatalf("%v, %s", records, head)
	}
	var many []Record
	for i := range exportBatch + 7 {
		many = append(many, Record{Action: "a", ResourceID: fmt.Sprint(i)})
	}
	inTx(ctx, t, pool, many...)
	sealer, stop := startSealer(t, pool, chain.SM3)
	untilSealed(ctx, t, pool, sealer)
	stop()
	inTx(ctx, t, pool, Record{Action: "unsealed"})

	records, head := export(ctx, t, client, 0)
	if len(records) != len(many) || head.Sequence != int64(len(many)) || string(head.Digest) != string(records[len(records)-1].GetDigest()) {
		t.Fatalf("%d records, head %s", len(records), head)
	}
	if slices.ContainsFunc(records, func(r *auditv1.Record) bool { return r.GetAction() != "a" }) {
		t.Error("something unsealed is there")
	}
	if rest, _ := export(ctx, t, client, 500); len(rest) != 7 || rest[0].GetSequence() != 501 {
		t.Errorf("after 500: %v", actions(rest))
	}
	// To read the trail is itself worth a record; to ask for its head is not.
	if _, head := export(ctx, t, client, 1<<62); head.Sequence != int64(len(many)) {
		t.Errorf("head %s", head)
	}
	page, err := client.SearchRecords(ctx, &auditv1.SearchRecordsRequest{Action: "audit.export"})
	if err != nil {
		t.Fatal(err)
	}
	if got := page.GetRecords(); len(got) != 2 || got[0].GetActorId() != "u1" || got[0].GetDetails()["after"] != "500" {
		t.Errorf("got %v", got)
	}
}

func TestARefusalIsRecordedOnce(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	clients := serve(t, pool)
	if _, err := clients["clerk"].SearchRecords(ctx, &auditv1.SearchRecordsRequest{}); !fault.Is(err, "PERMISSION_DENIED") {
		t.Fatalf("a clerk reads the trail: %v", err)
	}
	page, err := clients["administrator"].SearchRecords(ctx, &auditv1.SearchRecordsRequest{Outcome: auditv1.Record_OUTCOME_REFUSED})
	if err != nil || len(page.GetRecords()) != 1 {
		t.Fatalf("%v, %v", page, err)
	}
	r := page.GetRecords()[0]
	got := fmt.Sprint(r.GetAction(), " ", r.GetResourceId(), " ", r.GetReason(), " ", r.GetActorId(), " ", r.GetRegionCode(), " ", r.GetRequestId() != "")
	if got != "call.refused baoxue.audit.v1.AuditService/SearchRecords PERMISSION_DENIED u2 330106 true" {
		t.Errorf("got %s", got)
	}
}

// A trail that can't be written never changes the answer to a refused call.
func TestARefusalStandsWithoutTheTrail(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	clients := serve(t, pool)
	pool.Close()
	if _, err := clients["clerk"].SearchRecords(ctx, &auditv1.SearchRecordsRequest{}); !fault.Is(err, "PERMISSION_DENIED") {
		t.Fatalf("got %v", err)
	}
}

func TestAnUnknownDigestIsRefused(t *testing.T) {
	if _, err := NewTrail(nil, "ledger", Words{}, "md5", quiet); err == nil {
		t.Error("md5 is taken")
	}
}
