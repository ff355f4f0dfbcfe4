package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

// narrowed is every condition that there is, and what it makes of a filter.
var narrowed = map[string]*ledgerv1.EntryFilter{
	"--tab=pending":                   {Tab: ledgerv1.Tab_TAB_PENDING},
	"--tab=HANDLED":                   {Tab: ledgerv1.Tab_TAB_HANDLED},
	"--region=330106":                 {Region: "330106"},
	"--status=unconfirmed":            {Status: ledgerv1.Status_UNCONFIRMED},
	"--code=A1":                       {Code: "A1"},
	"--source=poverty-unmatched":      {Source: ledgerv1.Source_SOURCE_POVERTY_UNMATCHED},
	"--name=王":                        {Name: "王"},
	"--id-number=330106201001011234":  {IdNumber: "330106201001011234"},
	"--q=李华":                          {Q: "李华"},
	"--responsible=me":                {Responsible: "me"},
	"--flag=ID_CHECKSUM":              {Flags: []string{"ID_CHECKSUM"}},
	"--school=文三路":                    {School: "文三路"},
	"--found-from=2019-07-01":         {FoundFrom: "2019-07-01"},
	"--found-to=2019-07-31":           {FoundTo: "2019-07-31"},
	"--import-id=7":                   {ImportId: "7"},
	"--queue=due-soon":                {Queue: ledgerv1.Queue_QUEUE_DUE_SOON},
	"--tag=left-behind --tag=migrant": {Tags: []string{"TAG_LEFT_BEHIND", "TAG_MIGRANT"}},
}

// What the page can be narrowed down by, the command line can, too.
func TestEveryConditionHasAFlag(t *testing.T) {
	fields := map[string]bool{}
	for arguments, want := range narrowed {
		cmd := &cobra.Command{}
		filter := conditions(cmd)
		if err := cmd.ParseFlags(strings.Fields(arguments)); err != nil {
			t.Errorf("%s: %v", arguments, err)
			continue
		}
		if diff := cmp.Diff(want, filter, protocmp.Transform()); diff != "" {
			t.Errorf("%s: -want +got\n%s", arguments, diff)
		}
		filter.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
			fields[string(field.Name())] = true
			return true
		})
	}
	all := (&ledgerv1.EntryFilter{}).ProtoReflect().Descriptor().Fields()
	for i := range all.Len() {
		if name := string(all.Get(i).Name()); !fields[name] {
			t.Errorf("no flag narrows down by %s", name)
		}
	}
}
