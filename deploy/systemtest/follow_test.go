package systemtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/testkit"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

// Another system of a county reads what happened to its children, hears what happens, goes on
// where it stopped and learns nothing of others; and the county's progress follows at once.
func TestWhatHappensIsFollowed(t *testing.T) {
	s, ctx := oneProcess(t), testkit.Context(t)
	county, events := s.overGRPC(t, "xihu"), s.subscriber(t, "upload", "330106")
	children := int(county.counts().GetTotal())
	stream, err := events.Subscribe(ctx, &reportingv1.SubscribeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	next := func() *reportingv1.SubscribeResponse {
		t.Helper()
		m, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if e := m.GetEvent(); !strings.HasSuffix(e.GetSubject(), ".330106") {
			t.Fatalf("another region's event: %v", e)
		}
		return m
	}
	routed, cursor := map[string]bool{}, ""
	for len(routed) < children {
		m := next()
		if e := m.GetEvent().GetEntryRouted(); e != nil {
			routed[e.GetEntryId()] = true
		}
		cursor = m.GetCursor()
	}

	entry := county.list(&ledgerv1.ListEntriesRequest{Tab: ledgerv1.Tab_TAB_PENDING, PageSize: 1}).GetEntries()[0]
	saved, err := county.submit(workingAway(entry))
	if err != nil || !routed[entry.GetId()] {
		t.Fatalf("%v, %v", saved, err)
	}
	for {
		if o := next().GetEvent().GetOutcomeChanged(); o != nil {
			if o.GetEntryId() != entry.GetId() || o.GetCode() != "A1" || o.GetRevision() != 1 {
				t.Errorf("heard of %v", o)
			}
			break
		}
	}
	s.progressShows(t, "330106", int32(children), 1)

	// Going on after the last routing only the finding comes.
	again, err := events.Subscribe(ctx, &reportingv1.SubscribeRequest{
		Start: &reportingv1.SubscribeRequest_Cursor{Cursor: cursor}, Types: []string{"baoxue.event.v1.OutcomeChanged"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := again.Recv(); err != nil || m.GetEvent().GetOutcomeChanged().GetEntryId() != entry.GetId() {
		t.Errorf("going on: %v, %v", m, err)
	}
	// Who is a person reads the page, not the stream.
	person, err := reportingv1.NewReportingEventServiceClient(s.dial(t, "reporting", "zhejiang")).Subscribe(ctx, &reportingv1.SubscribeRequest{})
	if err == nil {
		_, err = person.Recv()
	}
	if !fault.Is(rpc.FaultFromError(err), "PERMISSION_DENIED") {
		t.Errorf("a user subscribes: %v", err)
	}
}

// subscriber is an account of another system for a region.
func (s *system) subscriber(t *testing.T, name, region string) reportingv1.ReportingEventServiceClient {
	t.Helper()
	ctx := testkit.Context(t)
	created, err := authv1.NewServiceAccountServiceClient(s.dial(t, "regionauth", "zhejiang")).CreateServiceAccount(ctx, &authv1.CreateServiceAccountRequest{
		ServiceAccount: &authv1.ServiceAccount{Name: name, DisplayName: "上报系统", Scopes: []string{"events.read"}, RegionCode: region},
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := authv1.NewAuthServiceClient(s.connect(t, "regionauth", rpc.Anonymous)).IssueClientToken(ctx, &authv1.IssueClientTokenRequest{
		ClientId: name, ClientSecret: created.GetSecret(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return reportingv1.NewReportingEventServiceClient(s.connect(t, "reporting", func(context.Context) (string, error) { return token.GetAccessToken(), nil }))
}

// progressShows waits until a county's row is what it has to be: the events are applied while
// others look.
func (s *system) progressShows(t *testing.T, region string, total, dropouts int32) {
	t.Helper()
	ctx, progress := testkit.Context(t), reportingv1.NewProgressServiceClient(s.dial(t, "reporting", "xihu"))
	var row *reportingv1.FigureRow
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); <-tick.C {
		resp, err := progress.GetProgress(ctx, &reportingv1.GetProgressRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range resp.GetRows() {
			if r.GetRegionCode() != region {
				t.Fatalf("progress of %s is told to %s", r.GetRegionCode(), region)
			}
			if r.GetAllSources() {
				row = r
			}
		}
		if row.GetTotal() == total && row.GetATotal() == dropouts && row.GetPending() == total-dropouts {
			return
		}
	}
	t.Errorf("progress stays at %v", row)
}
