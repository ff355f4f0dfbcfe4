// Package process is what every Baoxue process has in common: settings by flag
// or environment, a log, a server with its metrics and health, an orderly end.
package process

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"
)

// Flags are settings that can be given as --name or as BAOXUE_NAME; the flag
// wins.
type Flags struct {
	set  *flag.FlagSet
	errs []error
	need map[string]*string
}

// NewFlags returns an empty set for a command.
func NewFlags(command string) *Flags {
	return &Flags{set: flag.NewFlagSet(command, flag.ContinueOnError), need: map[string]*string{}}
}

func env(name string) string {
	return "BAOXUE_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

func describe(name, usage string) string { return usage + " [$" + env(name) + "]" }

// String adds a text setting.
func (f *Flags) String(p *string, name, standard, usage string) {
	if v, ok := os.LookupEnv(env(name)); ok {
		standard = v
	}
	f.set.StringVar(p, name, standard, describe(name, usage))
}

// Required adds a text setting that must not be empty.
func (f *Flags) Required(p *string, name, usage string) {
	f.String(p, name, "", usage+" (required)")
	f.need[name] = p
}

// Bool adds a switch.
func (f *Flags) Bool(p *bool, name, usage string) {
	v := strings.ToLower(os.Getenv(env(name)))
	f.set.BoolVar(p, name, v == "1" || v == "true" || v == "yes", describe(name, usage))
}

// Int adds a number.
func (f *Flags) Int(p *int, name string, standard int, usage string) {
	f.set.IntVar(p, name, standard, describe(name, usage))
	f.fromEnv(name)
}

// Duration adds a length of time.
func (f *Flags) Duration(p *time.Duration, name string, standard time.Duration, usage string) {
	f.set.DurationVar(p, name, standard, describe(name, usage))
	f.fromEnv(name)
}

// Networks adds a list of networks in CIDR notation, comma-separated.
func (f *Flags) Networks(p *[]netip.Prefix, name, usage string) {
	f.set.Func(name, describe(name, usage), func(text string) error {
		*p = nil
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			network, err := netip.ParsePrefix(part)
			if err != nil {
				return err
			}
			*p = append(*p, network)
		}
		return nil
	})
	f.fromEnv(name)
}

func (f *Flags) fromEnv(name string) {
	if v, ok := os.LookupEnv(env(name)); ok {
		if err := f.set.Set(name, v); err != nil {
			f.errs = append(f.errs, fmt.Errorf("$%s: %w", env(name), err))
		}
	}
}

// Given reports whether the setting was given by flag or environment.
func (f *Flags) Given(name string) bool {
	_, given := os.LookupEnv(env(name))
	f.set.Visit(func(fl *flag.Flag) { given = given || fl.Name == name })
	return given
}

// Parse reads the arguments and reports everything that is wrong with them. It
// returns flag.ErrHelp after printing the help that was asked for.
func (f *Flags) Parse(args []string) error {
	if err := f.set.Parse(args); err != nil {
		return err
	}
	for _, err := range f.errs {
		return err
	}
	var missing []string
	f.set.VisitAll(func(fl *flag.Flag) {
		if p, ok := f.need[fl.Name]; ok && *p == "" {
			missing = append(missing, "--"+fl.Name+" ($"+env(fl.Name)+")")
		}
	})
	if len(missing) > 0 {
		return fmt.Errorf("missing: %s", strings.Join(missing, ", "))
	}
	if f.set.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", f.set.Arg(0))
	}
	return nil
}
