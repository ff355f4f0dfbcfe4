package pg

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Setting is a setting of PostgreSQL, usually one that a row-level security policy
// reads with current_setting(name, true).
type Setting struct{ Name, Value string }

// quoted is the name in a statement. A custom setting's has a dot; quoted as one identifier it would not be the
// same setting.
func (s Setting) quoted() string { return pgx.Identifier(strings.Split(s.Name, ".")).Sanitize() }

// ByKey are settings for transactions that go to rows by their keys only. Plans are kept, since planning
// takes longer than running, and none reads a whole table: a plan that was made while the table was small
// would stay until statistics are gathered, which is minutes after a first import.
var ByKey = []Setting{{Name: "plan_cache_mode", Value: "force_generic_plan"}, {Name: "enable_seqscan", Value: "off"}}

// queueSettings makes settings, for the transaction only or for the session too.
func queueSettings(batch *pgx.Batch, settings []Setting, local bool) {
	if len(settings) == 0 {
		return
	}
	args := make([]any, 0, 1+2*len(settings))
	args = append(args, local)
	for _, s := range settings {
		args = append(args, s.Name, s.Value)
	}
	batch.Queue(settingsFor(len(settings)), args...)
}

// fewSettings are the statements that make so many settings at once, each prepared once.
var fewSettings = [...]string{1: settingsOf(1), 2: settingsOf(2), 3: settingsOf(3), 4: settingsOf(4), 5: settingsOf(5), 6: settingsOf(6)}

func settingsFor(n int) string {
	if n < len(fewSettings) {
		return fewSettings[n]
	}
	return settingsOf(n)
}

func settingsOf(n int) string {
	calls := make([]string, n)
	for i := range calls {
		calls[i] = fmt.Sprintf("set_config($%d, $%d, $1)", 2*i+2, 2*i+3)
	}
	return "SELECT " + strings.Join(calls, ", ")
}
