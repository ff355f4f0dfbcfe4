package systemtest

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
)

// What a refusal before a method's own code looks like.
var refusals = []string{"UNAUTHENTICATED", "TOKEN_EXPIRED", "PERMISSION_DENIED", "PASSWORD_CHANGE_REQUIRED"}

// TestAccessMatrix calls every method of the contract as everybody. The methods come from
// the descriptors: one that is written tomorrow is tried tomorrow.
func TestAccessMatrix(t *testing.T) {
	s := separate(t)
	m := newMatrix(t, s)
	// Who follows the events hears of one at once, and does not wait until the subscription ends.
	m.entryOf(t, "330106")
	t.Run("gRPC", func(t *testing.T) {
		for _, call := range m.methods {
			m.expect(t, string(call.FullName()), rule(call), func(raw string) error {
				return m.overGRPC(t, call, raw, dynamicpb.NewMessage(call.Input()))
			})
		}
	})
	t.Run("REST", func(t *testing.T) {
		tried := 0
		for _, call := range m.methods {
			method, path, ok := restOf(call)
			if !ok {
				continue
			}
			tried++
			m.expect(t, method+" "+path, rule(call), func(raw string) error { return m.overREST(t, method, path, raw) })
		}
		if tried < 20 {
			t.Errorf("only %d methods have a REST path", tried)
		}
	})
	t.Run("a foreign entry is a missing one", func(t *testing.T) { m.foreignIsMissing(t) })
	t.Run("a list shows nothing outside", func(t *testing.T) { m.nothingOutside(t) })
	t.Run("what no screen sends", func(t *testing.T) { m.oddIsRefused(t) })
}

type matrix struct {
	system  *system
	conns   map[string]*grpc.ClientConn
	methods []protoreflect.MethodDescriptor
	callers []caller
	// key is the system's own, so that hundreds of callers need no log-in.
	key   ed25519.PrivateKey
	keyID string
}

// expect has everybody make a call and reports it once, with all whom it surprises.
func (m *matrix) expect(t *testing.T, what string, rule *commonv1.AccessRule, call func(raw string) error) {
	t.Helper()
	var surprises []string
	for _, who := range m.callers {
		err := call(who.token())
		reason, odd := "", false
		if f := fault.As(err); f != nil {
			reason = f.Reason
			// What a library says of an error is for the log.
			odd = f.Kind == fault.Unimplemented || strings.Contains(f.Message, "rpc error")
		}
		refused, want := slices.Contains(refusals, reason), who.bad || !allows(rule, who.identity)
		if refused != want || reason == "INTERNAL" || odd || reason == "UNIMPLEMENTED" {
			surprises = append(surprises, fmt.Sprintf("%s (%v)", who.name, err))
		}
	}
	if len(surprises) > 0 {
		t.Errorf("%s surprises %d of %d callers: %s", what, len(surprises), len(m.callers), strings.Join(surprises[:min(3, len(surprises))], "; "))
	}
}

// allows says again, apart from the server's code, what a rule means.
func allows(rule *commonv1.AccessRule, id rpc.Identity) bool {
	if rule.GetAnonymous() {
		return true
	}
	for _, s := range id.Scopes {
		if slices.Contains(rule.GetScopes(), s) {
			return true
		}
	}
	if !slices.Contains(rule.GetLevels(), id.Level) || id.MustChangePassword && !rule.GetBeforePasswordChange() {
		return false
	}
	if len(rule.GetRoles()) == 0 {
		return true
	}
	for _, r := range id.Roles {
		if slices.Contains(rule.GetRoles(), r) {
			return true
		}
	}
	return false
}

func rule(m protoreflect.MethodDescriptor) *commonv1.AccessRule {
	r, _ := proto.GetExtension(m.Options(), commonv1.E_Access).(*commonv1.AccessRule)
	return r
}

// contract lists every method of Baoxue's protos.
func contract() (methods []protoreflect.MethodDescriptor) {
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(f.Package()), "baoxue.") {
			return true
		}
		for i := range f.Services().Len() {
			service := f.Services().Get(i)
			for j := range service.Methods().Len() {
				methods = append(methods, service.Methods().Get(j))
			}
		}
		return true
	})
	slices.SortFunc(methods, func(a, b protoreflect.MethodDescriptor) int {
		return strings.Compare(string(a.FullName()), string(b.FullName()))
	})
	return methods
}

// serving is where a method is served.
func serving(m protoreflect.MethodDescriptor) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(string(m.ParentFile().Package()), "baoxue."), ".")
	switch name {
	case "auth", "region":
		return "regionauth"
	case "audit", "deadletter":
		// Every service serves its own; one is as good as another here.
		return "ledger"
	}
	return name
}
