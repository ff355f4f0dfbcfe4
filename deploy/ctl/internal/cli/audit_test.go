package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit/chain"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

// trailServer answers with a sealed trail of three records.
type trailServer struct {
	auditv1.UnimplementedAuditServiceServer
	records []*auditv1.Record
	asked   *auditv1.SearchRecordsRequest
}

func newTrailServer(t *testing.T) *trailServer {
	s := &trailServer{}
	var previous []byte
	for i, action := range []string{"import.start", "import.finish", "entry.assign"} {
		r := &auditv1.Record{
			Id: fmt.Sprintf("0190a5a4-3c00-7000-8000-%012d", i), Service: "ledger", OccurTime: timestamppb.New(time.Unix(1564588800, 0)),
			ActorId: "u1", ActorName: "省教育厅", Action: action, Outcome: auditv1.Record_OUTCOME_DONE, Sequence: int64(i) + 1,
			Algorithm: string(chain.SM3), Details: map[string]string{"rows": "9", "flagged": "2"},
		}
		digest, err := chain.Digest(previous, r)
		if err != nil {
			t.Fatal(err)
		}
		r.Digest, previous = digest, digest
		s.records = append(s.records, r)
	}
	return s
}

func (s *trailServer) SearchRecords(_ context.Context, req *auditv1.SearchRecordsRequest) (*auditv1.SearchRecordsResponse, error) {
	s.asked = req
	return &auditv1.SearchRecordsResponse{Records: s.records}, nil
}

func (s *trailServer) ExportRecords(req *auditv1.ExportRecordsRequest, stream grpc.ServerStreamingServer[auditv1.ExportRecordsResponse]) error {
	last := s.records[len(s.records)-1]
	answer := &auditv1.ExportRecordsResponse{HeadSequence: last.GetSequence(), HeadDigest: last.GetDigest()}
	for _, r := range s.records {
		if r.GetSequence() > req.GetAfterSequence() {
			answer.Records = []*auditv1.Record{r}
			if err := stream.Send(answer); err != nil {
				return err
			}
		}
	}
	if len(answer.GetRecords()) == 0 {
		return stream.Send(answer)
	}
	return nil
}

// operator runs baoxuectl against the server, logged in.
func operator(t *testing.T, s *trailServer) func(args ...string) (code int, out string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	address := "unix://" + filepath.Join(dir, "s")
	listener, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	auditv1.RegisterAuditServiceServer(server, s)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	login := &command{server: "regionauth=" + address}
	if err := login.remember(t.Context(), &authv1.LoginResponse{AccessToken: "token", ExpiresIn: 3600}); err != nil {
		t.Fatal(err)
	}
	return func(args ...string) (int, string) {
		var out bytes.Buffer
		args = append(args, "--server", "ledger="+address+",regionauth="+address)
		code := Main(t.Context(), args, strings.NewReader(""), &out, &out)
		return code, out.String()
	}
}

func TestATamperedCopyOfATrailIsNamed(t *testing.T) {
	s := newTrailServer(t)
	run := operator(t, s)
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	head := chain.Head{Sequence: 3, Digest: s.records[2].GetDigest()}.String()
	if code, out := run("audit", "export", "--service", "ledger", "-o", path); code != exitOK || !strings.Contains(out, head) {
		t.Fatalf("export: %d, %s", code, out)
	}
	if code, out := run("audit", "head", "--service", "ledger"); code != exitOK || strings.TrimSpace(out) != "链头 "+head {
		t.Fatalf("head: %d, %s", code, out)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(whole) != 4 {
		t.Fatalf("the export has %d lines", len(whole))
	}
	whole[3] += "\n"
	for name, test := range map[string]struct {
		tamper func(lines []string) []string
		want   []string
	}{
		"as it is": {func(l []string) []string { return l }, []string{"全部相符，共 3 条", head}},
		"changed": {func(l []string) []string {
			l[2] = strings.Replace(l[2], `"9"`, `"8"`, 1)
			return l
		}, []string{"第 2 号记录被修改", "内容被改", "AUDIT_CHANGED"}},
		"digest changed": {func(l []string) []string {
			digest := base64.StdEncoding.EncodeToString(s.records[0].GetDigest())
			l[1] = strings.Replace(l[1], digest, digest[:8]+"AAAA"+digest[12:], 1)
			return l
		}, []string{"第 1 号记录被修改", "AUDIT_CHANGED"}},
		"removed":  {func(l []string) []string { return slices.Delete(l, 2, 3) }, []string{"第 2 号记录被删除", "AUDIT_REMOVED"}},
		"inserted": {func(l []string) []string { return slices.Insert(l, 3, l[1]) }, []string{"第 3 号记录被插入", "AUDIT_INSERTED"}},
		"swapped": {func(l []string) []string {
			l[1], l[3] = l[3], l[1]
			return l
		}, []string{"第 1 号记录被调换顺序", "AUDIT_MOVED"}},
		"cut": {func(l []string) []string { return l[:3] }, []string{"第 3 号记录末尾缺失", "AUDIT_TRUNCATED"}},
		"cut with a header that agrees": {func(l []string) []string {
			l[0] = strings.Replace(l[0], `"headSequence":3`, `"headSequence":2`, 1)
			return l[:3]
		}, []string{"第 3 号记录末尾缺失", "可信链头", "AUDIT_TRUNCATED"}},
	} {
		t.Run(name, func(t *testing.T) {
			lines := test.tamper(slices.Clone(whole))
			if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
				t.Fatal(err)
			}
			code, out := run("audit", "verify", path, "--head", head)
			if (code == exitOK) != (name == "as it is") {
				t.Errorf("exit %d", code)
			}
			for _, want := range test.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in\n%s", want, out)
				}
			}
		})
	}
}

func TestATrailIsSearched(t *testing.T) {
	s := newTrailServer(t)
	run := operator(t, s)
	code, out := run("audit", "search", "--service", "ledger", "--action", "import.", "--outcome", "done", "--from", "2019-08-01", "--until", "2019-08-01T12:00:00Z")
	if code != exitOK || !strings.Contains(out, "2019-08-01 00:00:00  省教育厅") || !strings.Contains(out, "flagged=2 rows=9") {
		t.Errorf("%d\n%s", code, out)
	}
	if s.asked.GetAction() != "import." || s.asked.GetOutcome() != auditv1.Record_OUTCOME_DONE ||
		!s.asked.GetFromTime().AsTime().Equal(time.Date(2019, 7, 31, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("asked for %v", s.asked)
	}
	for _, wrong := range [][]string{{"--outcome", "perhaps"}, {"--from", "yesterday"}} {
		if code, _ := run(append([]string{"audit", "search", "--service", "ledger"}, wrong...)...); code != exitFailed {
			t.Errorf("%v: exit %d", wrong, code)
		}
	}
}
