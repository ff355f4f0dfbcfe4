package systemtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"baoxue.internal/pkg/testkit"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

var (
	quoted  = regexp.MustCompile("`([a-z_.]+)`")
	written = regexp.MustCompile(`Action: +(?:"([a-z_.]+)")?[^,]*, +ResourceType: +"([a-z_]+)"`)
)

// documentedActions are those that docs/audit.md says of each service's trail.
func documentedActions(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "audit.md"))
	if err != nil {
		t.Fatal(err)
	}
	actions, service := map[string][]string{}, ""
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 {
			continue
		}
		if name := strings.TrimSpace(cells[1]); name != "" {
			service = name
		}
		for _, action := range quoted.FindAllStringSubmatch(cells[2], -1) {
			actions[service] = append(actions[service], action[1])
		}
	}
	return actions
}

// recorded are the actions and kinds of things that a service's records are written with, as far as its source
// says them in whole.
func recorded(t *testing.T, service string) (actions, kinds []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", "..", "services", service), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, record := range written.FindAllSubmatch(source, -1) {
			actions, kinds = append(actions, string(record[1])), append(kinds, string(record[2]))
		}
		return nil
	})
	if err != nil || len(kinds) == 0 {
		t.Fatalf("what %s records: %v, %v", service, kinds, err)
	}
	return slices.DeleteFunc(actions, func(action string) bool { return action == "" || strings.HasSuffix(action, ".") }), kinds
}

// detailed are the keys of details that a service's source writes, whatever else it has maps of texts for where it
// writes records.
func detailed(t *testing.T, service string) (keys []string) {
	t.Helper()
	note := func(key ast.Expr) {
		if literal, ok := key.(*ast.BasicLit); ok && literal.Kind == token.STRING && literal.Value != `""` {
			keys = append(keys, strings.Trim(literal.Value, `"`))
		}
	}
	writing := filepath.Join("..", "..", "services", service, "internal")
	err := filepath.WalkDir(writing, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(source, []byte("audit.Record")) && !bytes.Contains(source, []byte("audit.Append")) {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.CompositeLit:
				if m, ok := n.Type.(*ast.MapType); !ok || types.ExprString(m.Key) != "string" {
					break
				}
				for _, element := range n.Elts {
					note(element.(*ast.KeyValueExpr).Key)
				}
			case *ast.IndexExpr:
				if of := types.ExprString(n.X); of == "details" || strings.HasSuffix(of, ".Details") {
					note(n.Index)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || len(keys) == 0 {
		t.Fatalf("what %s tells in details: %v, %v", service, keys, err)
	}
	return keys
}

// numbered are the details that are numbers of the contract.
var numbered = map[string]map[string]protoreflect.Enum{
	"ledger": {
		"statuses": ledgerv1.Status_STATUS_UNSPECIFIED, "source": ledgerv1.Source_SOURCE_UNSPECIFIED,
		"work": ledgerv1.Queue_QUEUE_UNSPECIFIED,
	},
	"verification": {"tags": verificationv1.Tag_TAG_UNSPECIFIED},
	"reporting": {
		"tab": ledgerv1.Tab_TAB_UNSPECIFIED, "status": ledgerv1.Status_STATUS_UNSPECIFIED, "source": ledgerv1.Source_SOURCE_UNSPECIFIED,
		"work": ledgerv1.Queue_QUEUE_UNSPECIFIED,
	},
	"regionauth": {
		"roles": commonv1.Role_ROLE_UNSPECIFIED, "roles_before": commonv1.Role_ROLE_UNSPECIFIED, "level": commonv1.Level_LEVEL_UNSPECIFIED,
		"kind": regionv1.RegionChange_KIND_UNSPECIFIED,
	},
}

// codes are what a program calls something, and no person.
var codes = regexp.MustCompile(`^[A-Z]+(_[A-Z]+)+$`)

// Every action that a trail may have is documented and has a name for people to read, and nothing else does; so
// has all that the trails tell after the main job.
func TestEveryActionOfATrailHasAName(t *testing.T) {
	s := oneProcess(t)
	mainJob(t, s.overREST(t, "zhejiang"), s.overREST(t, "xihu"), s.overREST(t, "lucheng"), "330106", 13)
	documented := documentedActions(t)
	for _, service := range services {
		trail := auditv1.NewAuditServiceClient(s.dial(t, service, "zhejiang"))
		page, err := trail.SearchRecords(testkit.Context(t), &auditv1.SearchRecordsRequest{PageSize: 200})
		if err != nil {
			t.Fatal(err)
		}
		// Which every trail has stands in words before the table, and in a row of its own.
		wanted := slices.Concat(documented[service], documented["each"], []string{"call.refused", "audit.export"})
		slices.Sort(wanted)
		if named := slices.Sorted(maps.Keys(page.GetActionNames())); !slices.Equal(named, wanted) {
			t.Errorf("%s names %v,\nbut documented are %v", service, named, wanted)
		}
		actions, kinds := recorded(t, service)
		for _, action := range actions {
			if page.GetActionNames()[action] == "" {
				t.Errorf("%s: %s has no name", service, action)
			}
		}
		for _, kind := range kinds {
			if page.GetResourceNames()[kind] == "" {
				t.Errorf("%s: what is a %q?", service, kind)
			}
		}
		for key, enum := range numbered[service] {
			values := enum.Descriptor().Values()
			for i := range values.Len() {
				if number := values.Get(i).Number(); number > 0 && page.GetValueNames()[fmt.Sprintf("%s=%d", key, number)] == "" {
					t.Errorf("%s: nobody can read %s %d", service, key, number)
				}
			}
		}
		for _, key := range detailed(t, service) {
			if page.GetDetailNames()[key] == "" {
				t.Errorf("%s: the detail %s has no name", service, key)
			}
		}
		for _, r := range page.GetRecords() {
			if page.GetActionNames()[r.GetAction()] == "" || page.GetResourceNames()[r.GetResourceType()] == "" && r.GetResourceType() != "" {
				t.Errorf("%s: nobody can read %s of a %q", service, r.GetAction(), r.GetResourceType())
			}
			for key, value := range r.GetDetails() {
				if page.GetDetailNames()[key] == "" {
					t.Errorf("%s: nobody can read %s of %s", service, key, r.GetAction())
				}
				unreadable(t, page, value)
			}
			unreadable(t, page, r.GetReason())
		}
	}
}

func unreadable(t *testing.T, trail *auditv1.SearchRecordsResponse, value string) {
	t.Helper()
	if codes.MatchString(value) && trail.GetValueNames()[value] == "" {
		t.Errorf("nobody can read %s", value)
	}
}
