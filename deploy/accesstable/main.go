// Accesstable prints who may call what, as a page of the documentation: the access
// rules that the protos declare and the servers enforce. It is part of `make generate`.
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "baoxue.internal/proto/gen/baoxue/audit/v1"
	_ "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	_ "baoxue.internal/proto/gen/baoxue/deadletter/v1"
	_ "baoxue.internal/proto/gen/baoxue/ledger/v1"
	_ "baoxue.internal/proto/gen/baoxue/region/v1"
	_ "baoxue.internal/proto/gen/baoxue/reporting/v1"
	_ "baoxue.internal/proto/gen/baoxue/verification/v1"
)

const head = `# Who may call what

Generated from the access rules in the protos by ` + "`make generate`" + `; a server refuses to start with a method that
declares none, and a test calls every method as everybody.

A user needs a level and a role of the row; a service account needs a scope. Which region's children they then
see is not decided here but where the entry is read. *anyone* needs no token. *first password* marks what a user
may do before the first password is changed.

`

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "accesstable:", err)
		os.Exit(1)
	}
}

func write() error {
	var b strings.Builder
	b.WriteString(head)
	for _, s := range services() {
		fmt.Fprintf(&b, "## %s\n\n| method | levels | roles | scopes | |\n|---|---|---|---|---|\n", s.FullName())
		for i := range s.Methods().Len() {
			m := s.Methods().Get(i)
			rule, ok := proto.GetExtension(m.Options(), commonv1.E_Access).(*commonv1.AccessRule)
			if !ok || rule == nil {
				return fmt.Errorf("%s declares no access rule", m.FullName())
			}
			b.WriteString(row(m.Name(), rule))
		}
		b.WriteString("\n")
	}
	_, err := os.Stdout.WriteString(strings.TrimRight(b.String(), "\n") + "\n")
	return err
}

// services are all of the contract, in order of name.
func services() (found []protoreflect.ServiceDescriptor) {
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			if strings.HasPrefix(string(f.Package()), "baoxue.") {
				found = append(found, f.Services().Get(i))
			}
		}
		return true
	})
	slices.SortFunc(found, func(a, b protoreflect.ServiceDescriptor) int {
		return strings.Compare(string(a.FullName()), string(b.FullName()))
	})
	return found
}

var (
	levels = map[commonv1.Level]string{
		commonv1.Level_LEVEL_PROVINCE: "省 province", commonv1.Level_LEVEL_CITY: "市 city", commonv1.Level_LEVEL_COUNTY: "县 county",
	}
	roles = map[commonv1.Role]string{
		commonv1.Role_ROLE_CLERK: "经办 clerk", commonv1.Role_ROLE_REVIEWER: "审核 reviewer", commonv1.Role_ROLE_READER: "只读 reader",
		commonv1.Role_ROLE_ADMINISTRATOR: "管理 administrator", commonv1.Role_ROLE_OPERATOR: "运维 operator",
	}
)

func row(name protoreflect.Name, r *commonv1.AccessRule) string {
	if r.GetAnonymous() {
		return fmt.Sprintf("| %s | anyone | | | |\n", name)
	}
	var l, ro, sc []string
	for _, level := range r.GetLevels() {
		l = append(l, levels[level])
	}
	for _, role := range r.GetRoles() {
		ro = append(ro, roles[role])
	}
	for _, scope := range r.GetScopes() {
		sc = append(sc, "`"+scope+"`")
	}
	if len(l) > 0 && len(ro) == 0 {
		ro = []string{"every"}
	}
	note := ""
	if r.GetBeforePasswordChange() {
		note = "first password"
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s |\n", name, strings.Join(l, ", "), strings.Join(ro, ", "), strings.Join(sc, ", "), note)
}
