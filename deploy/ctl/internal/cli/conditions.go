package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// conditions gives a command a flag for everything that a list and an export can be narrowed down by.
func conditions(cmd *cobra.Command) *ledgerv1.EntryFilter {
	f := &ledgerv1.EntryFilter{}
	for _, text := range []struct {
		into       *string
		name, what string
	}{
		{&f.Region, "region", "code of a city or county; none for the province's own queue"},
		{&f.Code, "code", "classification code"},
		{&f.Name, "name", "part of the name"},
		{&f.IdNumber, "id-number", "whole document number"},
		{&f.Q, "q", "part of the name or whole document number, whichever it looks like"},
		{&f.School, "school", "part of 省内学校名称"},
		{&f.Responsible, "responsible", "id of the responsible user; me for oneself"},
		{&f.FoundFrom, "found-from", "first day of the newest finding, yyyy-mm-dd"},
		{&f.FoundTo, "found-to", "last day of the newest finding, yyyy-mm-dd"},
		{&f.ImportId, "import-id", "import that described the child last"},
	} {
		cmd.Flags().StringVar(text.into, text.name, "", text.what)
	}
	cmd.Flags().StringArrayVar(&f.Flags, "flag", nil, "quality flag as the list shows it, e.g. ID_CHECKSUM; several: all of them")
	for _, choice := range []struct {
		of         choice
		name, what string
	}{
		{choiceOf(ledgerv1.Tab_value, "TAB_", func(name string) { f.Tab = ledgerv1.Tab(ledgerv1.Tab_value[name]) }), "tab", ""},
		{choiceOf(ledgerv1.Status_value, "", func(name string) { f.Status = ledgerv1.Status(ledgerv1.Status_value[name]) }), "status", ""},
		{choiceOf(ledgerv1.Source_value, "SOURCE_", func(name string) { f.Source = ledgerv1.Source(ledgerv1.Source_value[name]) }), "source", "问题来源: "},
		{choiceOf(ledgerv1.Queue_value, "QUEUE_", func(name string) { f.Queue = ledgerv1.Queue(ledgerv1.Queue_value[name]) }), "queue", "what is to be done: "},
		{choiceOf(verificationv1.Tag_value, "TAG_", func(name string) { f.Tags = append(f.Tags, name) }), "tag", "special group; several: all of them; "},
	} {
		cmd.Flags().Var(choice.of, choice.name, choice.what+choice.of.all())
	}
	return f
}

// choice is a flag that takes one name of an enumeration, written as a shell likes it: due-soon is QUEUE_DUE_SOON.
type choice struct {
	names map[string]string
	order []string
	set   func(name string)
}

// choiceOf leaves out what stands for nothing chosen.
func choiceOf(values map[string]int32, prefix string, set func(name string)) choice {
	c := choice{names: map[string]string{}, set: set}
	for name, number := range values {
		if number != 0 {
			c.names[spelled(strings.TrimPrefix(name, prefix))] = name
		}
	}
	c.order = slices.SortedFunc(maps.Keys(c.names), func(a, b string) int { return int(values[c.names[a]] - values[c.names[b]]) })
	return c
}

// oneOf is a choice among names that stand for themselves.
func oneOf(into *string, names ...string) choice {
	c := choice{names: map[string]string{}, order: names, set: func(name string) { *into = name }}
	for _, name := range names {
		c.names[name] = name
	}
	return c
}

// spelled is one spelling of what may be written as DUE_SOON, too.
func spelled(text string) string { return strings.ReplaceAll(strings.ToLower(text), "_", "-") }

func (c choice) all() string { return strings.Join(c.order, ", ") }

// String implements pflag.Value: nothing is chosen unless it is asked for.
func (choice) String() string { return "" }

// Set implements pflag.Value.
func (c choice) Set(text string) error {
	name, known := c.names[spelled(text)]
	if !known {
		return fmt.Errorf("it is one of %s", c.all())
	}
	c.set(name)
	return nil
}

// Type implements pflag.Value; it stands for the value in the help.
func (choice) Type() string { return "NAME" }
