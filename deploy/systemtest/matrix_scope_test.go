package systemtest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"baoxue.internal/deploy/internal/demoledger"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/testkit"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// foreignIsMissing compares, for every method that takes an entry, what somebody is told
// of an entry that is not theirs with what is told of one that does not exist.
func (m *matrix) foreignIsMissing(t *testing.T) {
	counties := map[string]string{}
	for _, county := range []string{"330106", "330102", "330302"} {
		counties[county] = m.entryOf(t, county)
	}
	missing := uuid.NewString()
	clerk := func(level commonv1.Level, region string) rpc.Identity {
		roles := []commonv1.Role{commonv1.Role_ROLE_CLERK, commonv1.Role_ROLE_REVIEWER, commonv1.Role_ROLE_READER}
		return rpc.Identity{Subject: uuid.NewString(), Name: "x", Level: level, Region: region, Roles: roles}
	}
	tried := 0
	for _, call := range m.methods {
		field := entryField(call)
		if field == nil {
			continue
		}
		tried++
		ask := func(id rpc.Identity, entry string) error {
			request := dynamicpb.NewMessage(call.Input())
			if sound := sound[string(call.FullName())]; sound != nil {
				proto.Merge(request, sound)
			}
			request.Set(field, protoreflect.ValueOfString(entry))
			return m.overGRPC(t, call, m.sign(id, time.Now()), request)
		}
		for name, c := range map[string]struct {
			who     rpc.Identity
			foreign []string
			own     []string
		}{
			"a county":           {clerk(commonv1.Level_LEVEL_COUNTY, "330106"), []string{"330102", "330302"}, []string{"330106"}},
			"a city":             {clerk(commonv1.Level_LEVEL_CITY, "330100"), []string{"330302"}, []string{"330106", "330102"}},
			"a limited account":  {rpc.Identity{Subject: "service:x", Region: "330106", Scopes: rule(call).GetScopes()}, []string{"330102", "330302"}, []string{"330106"}},
			"an account without": {rpc.Identity{Subject: "service:x", Scopes: rule(call).GetScopes()}, []string{"330106", "330102", "330302"}, nil},
		} {
			if !allows(rule(call), c.who) || slices.Contains(c.who.Scopes, "internal") {
				continue
			}
			want := shape(ask(c.who, missing))
			for _, county := range c.foreign {
				if got := shape(ask(c.who, counties[county])); got != want {
					t.Errorf("%s: %s is told of %s's entry %q, of a missing one %q", call.FullName(), name, county, got, want)
				}
			}
			for _, county := range c.own {
				got := shape(ask(c.who, counties[county]))
				if strings.Contains(got, "INVALID_REQUEST") {
					t.Errorf("%s: with an entry alone it is no sound request and proves nothing: add one to sound", call.FullName())
				}
				if got == want {
					t.Errorf("%s: %s is told of its own entry in %s what it is told of a missing one: %q", call.FullName(), name, county, got)
				}
			}
		}
	}
	if tried < 4 {
		t.Errorf("only %d methods take an entry", tried)
	}
}

// sound are requests that are well formed but for the entry.
var sound = map[string]proto.Message{
	"baoxue.verification.v1.FindingService.SubmitFinding": &verificationv1.SubmitFindingRequest{
		Form: &verificationv1.SubmitFindingRequest_Unconfirmed{Unconfirmed: &verificationv1.UnconfirmedFinding{
			Witness: "王老师", WitnessDate: "2026-11-01", Explanation: "权限测试",
		}},
	},
	"baoxue.ledger.v1.LedgerService.RevealEntry":       &ledgerv1.RevealEntryRequest{Reason: "权限测试"},
	"baoxue.ledger.v1.TransferService.ProposeTransfer": &ledgerv1.ProposeTransferRequest{CountyCode: "330108", Reason: "权限测试"},
	"baoxue.ledger.v1.LedgerService.AssignEntry":       &ledgerv1.AssignEntryRequest{CountyCode: "330108", Reason: "权限测试"},
}

// entryField is the field by which a request names an entry, or nil.
func entryField(m protoreflect.MethodDescriptor) protoreflect.FieldDescriptor {
	if f := m.Input().Fields().ByName("entry_id"); f != nil {
		return f
	}
	if m.Parent().Name() == "LedgerService" {
		return m.Input().Fields().ByName("id")
	}
	return nil
}

// shape is all that an answer tells, but for the request's own id.
func shape(err error) string {
	f := fault.As(err)
	if f == nil {
		return fmt.Sprint(err)
	}
	metadata := make([]string, 0, len(f.Metadata))
	for k, v := range f.Metadata {
		if k != "request_id" {
			metadata = append(metadata, k+"="+v)
		}
	}
	slices.Sort(metadata)
	return fmt.Sprint(f.Kind, f.Reason, f.Message, f.Violations, metadata)
}

// nothingOutside asks, by every method that takes a region, for the own one, a sibling, the
// parent and a foreign one: no answer names a county outside of what the caller may see.
func (m *matrix) nothingOutside(t *testing.T) {
	for _, county := range []string{"330106", "330102", "330302"} {
		m.entryOf(t, county)
	}
	everyRole := []commonv1.Role{
		commonv1.Role_ROLE_CLERK, commonv1.Role_ROLE_REVIEWER, commonv1.Role_ROLE_READER, commonv1.Role_ROLE_ADMINISTRATOR, commonv1.Role_ROLE_OPERATOR,
	}
	tried, seen := 0, 0
	for _, call := range m.methods {
		field := call.Input().Fields().ByName("region")
		if field == nil || call.IsStreamingClient() {
			continue
		}
		tried++
		for _, who := range []struct {
			rpc.Identity
			within string
		}{
			{rpc.Identity{Subject: uuid.NewString(), Level: commonv1.Level_LEVEL_COUNTY, Region: "330106", Roles: everyRole}, "330106"},
			{rpc.Identity{Subject: uuid.NewString(), Level: commonv1.Level_LEVEL_CITY, Region: "330100", Roles: everyRole}, "3301"},
			{rpc.Identity{Subject: "service:x", Region: "330106", Scopes: rule(call).GetScopes()}, "330106"},
		} {
			if !allows(rule(call), who.Identity) || slices.Contains(who.Scopes, "internal") {
				continue
			}
			for _, region := range []string{"", "330106", "330102", "330100", "330302", "330300", "330000", "none"} {
				request, answer := dynamicpb.NewMessage(call.Input()), dynamicpb.NewMessage(call.Output())
				request.Set(field, protoreflect.ValueOfString(region))
				if month := call.Input().Fields().ByName("month"); month != nil {
					request.Set(month, protoreflect.ValueOfString("2019-07"))
				}
				ctx := context.WithValue(testkit.Context(t), bearerKey{}, m.sign(who.Identity, time.Now()))
				method := "/" + string(call.Parent().FullName()) + "/" + string(call.Name())
				if err := m.conns[serving(call)].Invoke(ctx, method, request, answer); err != nil {
					continue
				}
				for _, code := range handlers(answer) {
					seen++
					if !strings.HasPrefix(code, who.within) {
						t.Errorf("%s: asked for %q, %v of %s is shown %q", call.FullName(), region, who.Level, who.Region, code)
					}
				}
			}
		}
	}
	if tried < 4 || seen == 0 {
		t.Errorf("%d methods take a region, %d counties were seen: this proves nothing", tried, seen)
	}
}

// handlers are the counties, and the regions of figures, that an answer names. An entry's
// region_code is not among them: it is what the Ministry's file says.
func handlers(m protoreflect.Message) (codes []string) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				codes = append(codes, handlers(v.List().Get(i).Message())...)
			}
		case f.Message() != nil && !f.IsList():
			codes = append(codes, handlers(v.Message())...)
		case f.Name() == "county_code", f.Name() == "region_code" && m.Descriptor().FullName() != "baoxue.ledger.v1.Entry":
			codes = append(codes, v.String())
		}
		return true
	})
	return codes
}

// entryOf assigns one of the province's own entries to a county and returns its id.
func (m *matrix) entryOf(t *testing.T, county string) string {
	t.Helper()
	province := m.system.overGRPC(t, "zhejiang").(overGRPC)
	entries := province.list(&ledgerv1.ListEntriesRequest{Region: "none"}).GetEntries()
	if len(entries) == 0 {
		var sample bytes.Buffer
		if err := demoledger.WriteSample(&sample); err != nil {
			t.Fatal(err)
		}
		province.importFile("通知样例.xlsx", sample.Bytes())
		entries = province.list(&ledgerv1.ListEntriesRequest{Region: "none"}).GetEntries()
	}
	if _, err := ledgerv1.NewLedgerServiceClient(province.ledger).AssignEntry(testkit.Context(t), &ledgerv1.AssignEntryRequest{
		Id: entries[0].GetId(), CountyCode: county, Reason: "权限测试",
	}); err != nil {
		t.Fatal(err)
	}
	return entries[0].GetId()
}
