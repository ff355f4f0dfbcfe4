package systemtest

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

// sealedWithin is how long a record may stand outside the chain.
const sealedWithin = 5 * time.Second

// What the main job, an assignment and a refused close leave in each trail.
var expectedActions = map[string][]string{
	"ledger":       {"import.start", "import.finish", "entry.assign", "entries.export", "call.refused"},
	"verification": {"finding.submit", "call.refused"},
	"regionauth":   {"user.bootstrap", "user.create", "login", "key.rotate", "call.refused"},
	"reporting":    {"month.close", "entries.export", "bulletin.download", "call.refused"},
}

func TestTheTrailsTellTheMainJob(t *testing.T) {
	s := runWithin(t, openTemp(t), "sm3")
	province, county := s.overREST(t, "zhejiang"), s.overREST(t, "xihu")
	mainJob(t, province, county, s.overREST(t, "lucheng"), "330106", 11)
	assignOne(t, s)
	if _, err := county.closeMonth("2019-07"); !fault.Is(err, "PERMISSION_DENIED") {
		t.Fatalf("a county closes the month: %v", err)
	}
	// Each trail is closed to who is no administrator, and says who tried.
	for service := range expectedActions {
		trail := auditv1.NewAuditServiceClient(s.dial(t, service, "xihu"))
		if _, err := trail.SearchRecords(testkit.Context(t), &auditv1.SearchRecordsRequest{}); !fault.Is(err, "PERMISSION_DENIED") {
			t.Fatalf("a county reads the trail of %s: %v", service, err)
		}
	}
	c := ctl{t: t, program: filepath.Join(build(t, "baoxue.internal/deploy/ctl/baoxuectl"), "baoxuectl"), data: s.data, dir: t.TempDir()}
	c.ok("省教育厅", "login", "-u", "zhejiang")
	for service, actions := range expectedActions {
		untilSealed(t, s, service)
		file := service + ".jsonl"
		head := strings.Fields(strings.TrimSpace(c.ok("链头", "audit", "export", "--service", service, "-o", file)))
		c.ok("全部相符", "audit", "verify", file, "--head", head[len(head)-1])
		records := trailOf(t, read(t, c.dir, file))
		if slices.ContainsFunc(records, func(r *auditv1.Record) bool { return r.GetAlgorithm() != "SM3" }) {
			t.Errorf("%s is not sealed by SM3", service)
		}
		for _, action := range actions {
			if !slices.ContainsFunc(records, func(r *auditv1.Record) bool {
				return r.GetAction() == action && r.GetActorId() != "" && r.GetService() == service &&
					(r.GetRequestId() != "" || strings.HasPrefix(r.GetActorId(), "service:"))
			}) {
				t.Errorf("%s: nobody is in the trail for %s", service, action)
			}
		}
		tamper(c, file)
		c.ok("audit.export", "audit", "search", "--service", service, "--action", "audit.")
	}
	file, err := province.(overREST).do("GET", "/v1/audit/verification/records.jsonl", "", nil)
	if err != nil || len(trailOf(t, file)) < 3 {
		t.Errorf("the download is %q, %v", file, err)
	}
}

// assignOne hands an entry of the province's own queue to a county.
func assignOne(t *testing.T, s *system) {
	t.Helper()
	ctx, ledger := testkit.Context(t), ledgerv1.NewLedgerServiceClient(s.dial(t, "ledger", "zhejiang"))
	page, err := ledger.ListEntries(ctx, &ledgerv1.ListEntriesRequest{Region: "none", PageSize: 1})
	if err != nil || len(page.GetEntries()) == 0 {
		t.Fatalf("the province's queue: %v, %v", page, err)
	}
	if _, err := ledger.AssignEntry(ctx, &ledgerv1.AssignEntryRequest{Id: page.GetEntries()[0].GetId(), CountyCode: "330106", Reason: "家在西湖区"}); err != nil {
		t.Fatal(err)
	}
}

// untilSealed waits until every record that is there now is in the chain.
func untilSealed(t *testing.T, s *system, service string) {
	t.Helper()
	ctx, start := testkit.Context(t), time.Now()
	trail := auditv1.NewAuditServiceClient(s.dial(t, service, "zhejiang"))
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now(); ; {
		page, err := trail.SearchRecords(ctx, &auditv1.SearchRecordsRequest{PageSize: 200})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(page.GetRecords(), func(r *auditv1.Record) bool {
			return r.GetSequence() == 0 && r.GetOccurTime().AsTime().Before(until)
		}) {
			return
		}
		if time.Since(start) > sealedWithin {
			t.Fatalf("%s: records are not sealed after %s", service, sealedWithin)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		}
	}
}

func trailOf(t *testing.T, file []byte) (records []*auditv1.Record) {
	t.Helper()
	for _, line := range bytes.Split(bytes.TrimSpace(file), []byte("\n"))[1:] {
		r := &auditv1.Record{}
		if err := protojson.Unmarshal(line, r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	return records
}

// tamper changes the second record of a copy.
func tamper(c ctl, file string) {
	c.t.Helper()
	lines := bytes.SplitAfter(read(c.t, c.dir, file), []byte("\n"))
	done, refused := []byte("OUTCOME_DONE"), []byte("OUTCOME_REFUSED")
	if bytes.Contains(lines[2], refused) {
		done, refused = refused, done
	}
	lines[2] = bytes.Replace(lines[2], done, refused, 1)
	if err := os.WriteFile(filepath.Join(c.dir, "tampered.jsonl"), bytes.Join(lines, nil), 0o600); err != nil {
		c.t.Fatal(err)
	}
	if out, code := c.run("audit", "verify", "tampered.jsonl"); code != 1 || !strings.Contains(out, "第 2 号记录被修改") {
		c.t.Fatalf("a changed record: exit %d, %s", code, out)
	}
}
