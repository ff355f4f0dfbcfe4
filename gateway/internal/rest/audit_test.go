package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit/chain"
	"baoxue.internal/pkg/fault"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

func sealed(n int) (records []*auditv1.Record) {
	var previous []byte
	for i := range n {
		r := &auditv1.Record{
			Id: fmt.Sprint(i), Service: "verification", OccurTime: timestamppb.New(time.Unix(1564588800, 0)), ActorName: "西湖区",
			Action: "finding.submit", Outcome: auditv1.Record_OUTCOME_DONE, Sequence: int64(i) + 1, Algorithm: string(chain.SHA256),
		}
		digest, err := chain.Digest(previous, r)
		if err != nil {
			panic(err)
		}
		r.Digest, previous = digest, digest
		records = append(records, r)
	}
	return records
}

func (b *backend) SearchRecords(_ context.Context, r *auditv1.SearchRecordsRequest) (*auditv1.SearchRecordsResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.searched = r
	return &auditv1.SearchRecordsResponse{Records: sealed(2), NextPageToken: "next"}, b.fail
}

func (b *backend) ExportRecords(_ *auditv1.ExportRecordsRequest, stream grpc.ServerStreamingServer[auditv1.ExportRecordsResponse]) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	for _, r := range sealed(3) {
		if err := stream.Send(&auditv1.ExportRecordsResponse{Records: []*auditv1.Record{r}, HeadSequence: 3}); err != nil {
			return err
		}
	}
	return nil
}

func TestATrailIsSearched(t *testing.T) {
	b := newBackend()
	front := start(t, b, built)
	query := "?pageSize=2&action=finding.&outcome=REFUSED&regionCode=330106&resourceId=e1&actorId=u1&fromTime=2019-07-31T16:00:00Z&untilTime=2019-08-31T16:00:00Z"
	a := do(t, front, "GET", "/v1/audit/verification/records"+query, nil)
	if a.status != 200 || a.header.Get("Content-Type") != "application/json" || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	var page struct {
		Records       []struct{ Service, OccurTime, ActorName, Action, Outcome, Sequence, Digest string }
		NextPageToken string
	}
	if err := json.Unmarshal(a.body, &page); err != nil {
		t.Fatal(err)
	}
	if r := page.Records; len(r) != 2 || page.NextPageToken != "next" || r[1].Sequence != "2" || r[0].OccurTime != "2019-07-31T16:00:00Z" || r[0].Outcome != "OUTCOME_DONE" {
		t.Errorf("%s", a.body)
	}
	asked := b.searched
	got := fmt.Sprint(asked.GetPageSize(), asked.GetAction(), asked.GetOutcome(), asked.GetRegionCode(), asked.GetResourceId(), asked.GetActorId(),
		asked.GetFromTime().AsTime().Format(time.DateOnly), asked.GetUntilTime().AsTime().Format(time.DateOnly))
	if want := "2finding.OUTCOME_REFUSED" + "330106e1u12019-07-312019-08-31"; strings.ReplaceAll(got, " ", "") != want {
		t.Errorf("asked for %s", got)
	}

	for _, test := range []struct {
		method, path, token string
		status              int
		reason              string
	}{
		{"GET", "/v1/audit/verification/records?actor=u1", "", 400, "INVALID_REQUEST"},
		{"GET", "/v1/audit/verification/records?pageSize=201", "", 400, "INVALID_REQUEST"},
		{"GET", "/v1/audit/verification/records?fromTime=yesterday", "", 400, "INVALID_REQUEST"},
		{"GET", "/v1/audit/weather/records", "", 404, "NOT_FOUND"},
		{"GET", "/v1/audit/weather/records.jsonl", "", 404, "NOT_FOUND"},
		{"GET", "/v1/audit/ledger/records.jsonl?after=3", "", 400, "INVALID_REQUEST"},
		{"GET", "/v1/audit/weather/records.xlsx", "", 404, "NOT_FOUND"},
		{"GET", "/v1/audit/ledger/records.xlsx?actor=u1", "", 400, "INVALID_REQUEST"},
		{"DELETE", "/v1/audit/ledger/records", "", 405, "INVALID_REQUEST"},
		{"GET", "/v1/audit/ledger/records", "Bearer COUNTY:330106", 403, "PERMISSION_DENIED"},
		{"GET", "/v1/audit/ledger/records.jsonl", "Bearer COUNTY:330106", 403, "PERMISSION_DENIED"},
	} {
		headers := []string{}
		if test.token != "" {
			headers = []string{"Authorization", test.token}
		}
		if a := do(t, front, test.method, test.path, nil, headers...); a.status != test.status || a.failure(t).Reason != test.reason {
			t.Errorf("%s %s: %d %s", test.method, test.path, a.status, a.body)
		}
	}
}

func TestATrailIsDownloadedToBeVerified(t *testing.T) {
	b := newBackend()
	front := start(t, b, built)
	a := do(t, front, "GET", "/v1/audit/verification/records.jsonl", nil)
	disposition := a.header.Get("Content-Disposition")
	if a.status != 200 || a.header.Get("Content-Type") != "application/jsonl" || !strings.Contains(disposition, "filename=audit-verification.jsonl") ||
		!strings.Contains(disposition, url.PathEscape("审计记录-verification-")) {
		t.Fatalf("%d %v", a.status, a.header)
	}
	report, err := chain.Verify(bytes.NewReader(a.body))
	if err != nil || report.Problem != nil || report.Head.Sequence != 3 || report.Header.Service != "verification" {
		t.Errorf("%+v, %v", report, err)
	}
	b.fail = fault.New(fault.Unavailable, "UNAVAILABLE", "稍后")
	if a := do(t, front, "GET", "/v1/audit/verification/records.jsonl", nil); a.status != 503 || a.failure(t).Reason != "UNAVAILABLE" ||
		a.header.Get("Content-Disposition") != "" {
		t.Errorf("%d %s", a.status, a.body)
	}
}
