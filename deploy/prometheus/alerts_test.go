// Package prometheus_test holds the alerts to what they say of the figures.
package prometheus_test

import (
	"slices"
	"testing"
	"time"

	"baoxue.internal/deploy/internal/alerts"
	"baoxue.internal/pkg/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// Of a time that the figures tell, begin is when they begin.
var begin = time.Unix(1_600_000_000, 0)

// Each alert fires for what it is there for, with whom it is about, and for nothing less.
func TestWhatAlertsFireFor(t *testing.T) {
	fired, silent := map[string]bool{}, map[string]bool{}
	for _, c := range []struct {
		about  string
		alert  string
		series []string
		// after the beginning it is looked.
		after time.Duration
		fires []string
	}{
		{"a process that answers", "BaoxueDown", []string{`up{job="baoxue",instance="a"} 1`}, 0, nil},
		{"one of two that does not", "BaoxueDown", []string{`up{job="baoxue",instance="a"} 1`, `up{job="baoxue",instance="b"} 0`, `up{job="other",instance="c"} 0`}, 0, []string{`{instance="b", job="baoxue"}`}},

		{"a new version", "BaoxueRestarting", []string{`process_start_time_seconds{job="baoxue",instance="a"} 1x10 2x10`}, 20 * time.Minute, nil},
		{"a process that ends again and again", "BaoxueRestarting", []string{`process_start_time_seconds{job="baoxue",instance="a"} 1 2 3 4 5`}, 4 * time.Minute, []string{`{instance="a", job="baoxue"}`}},

		{"measured just now", "BaoxueNotMeasured", []string{`baoxue_measured_timestamp_seconds{service="ledger"} 1600000000`}, time.Minute, nil},
		{"one of two services not measured", "BaoxueNotMeasured", []string{
			`baoxue_measured_timestamp_seconds{service="ledger"} 1600000000x9`, `baoxue_measured_timestamp_seconds{service="reporting"} 1600000000+60x9`,
		}, 3 * time.Minute, []string{`{service="ledger"}`}},

		{"connected", "BaoxueEventStreamLost", []string{`baoxue_event_stream_connected{service="ledger"} 1`}, 0, nil},
		{"one of two instances not connected", "BaoxueEventStreamLost", []string{
			`baoxue_event_stream_connected{service="ledger",instance="a"} 1`, `baoxue_event_stream_connected{service="ledger",instance="b"} 0`,
		}, 0, []string{`{instance="b", service="ledger"}`}},

		{"an import's events on their way", "BaoxueEventsNotPublished", []string{`baoxue_outbox_oldest_seconds{service="ledger"} 120`}, 0, nil},
		{"events that wait", "BaoxueEventsNotPublished", []string{
			`baoxue_outbox_oldest_seconds{service="ledger",instance="a"} 301`, `baoxue_outbox_oldest_seconds{service="ledger",instance="b"} 0`,
		}, 0, []string{`{service="ledger"}`}},

		{"a consumer at work", "BaoxueEventsNotApplied", []string{`baoxue_unapplied_oldest_seconds{service="reporting",consumer="facts"} 30`}, 0, nil},
		{"a consumer that does nothing", "BaoxueEventsNotApplied", []string{`baoxue_unapplied_oldest_seconds{service="reporting",consumer="facts"} 601`}, 0, []string{`{consumer="facts", service="reporting"}`}},

		{"no dead letter", "BaoxueDeadLetters", []string{`baoxue_dead_letters{service="reporting",consumer="facts"} 0`}, 0, nil},
		{"a dead letter", "BaoxueDeadLetters", []string{
			`baoxue_dead_letters{service="reporting",consumer="facts"} 1`, `baoxue_dead_letters{service="reporting",consumer="hooks"} 0`,
		}, 0, []string{`{consumer="facts", service="reporting"}`}},

		{"all months closed", "BaoxueMonthNotClosed", []string{`baoxue_months_unclosed{service="reporting"} 0`}, 0, nil},
		{"a month that is over", "BaoxueMonthNotClosed", []string{`baoxue_months_unclosed{service="reporting"} 1`}, 0, []string{`{}`}},

		{"records that were just written", "BaoxueAuditNotSealed", []string{`baoxue_audit_oldest_seconds{service="ledger"} 2`}, 0, nil},
		{"records that are not sealed", "BaoxueAuditNotSealed", []string{`baoxue_audit_oldest_seconds{service="ledger"} 301`}, 0, []string{`{service="ledger"}`}},

		{"sealed yesterday", "BaoxueFindingsNotSealed", []string{`baoxue_findings_sealed_timestamp_seconds{service="verification"} 1599910000`}, 0, nil},
		{"not sealed since the day before", "BaoxueFindingsNotSealed", []string{`baoxue_findings_sealed_timestamp_seconds{service="verification"} 1599900000`}, 0, []string{`{}`}},

		{"an old defect", "BaoxueDefects", []string{`baoxue_rpc_server_seconds_count{method="/m",code="Internal"} 1x30`}, 30 * time.Minute, nil},
		{"a method's first defect", "BaoxueDefects", []string{`baoxue_rpc_server_seconds_count{method="/m",code="Internal"} _x20 1x5`}, 25 * time.Minute, []string{`{method="/m"}`}},
		{"another one", "BaoxueDefects", []string{`baoxue_rpc_server_seconds_count{method="/m",code="Internal"} 1x20 2x5`}, 25 * time.Minute, []string{`{method="/m"}`}},
		{"calls that were refused", "BaoxueDefects", []string{`baoxue_rpc_server_seconds_count{method="/m",code="InvalidArgument"} 0+10x30`}, 30 * time.Minute, nil},

		{"a few at night", "BaoxueUnavailable", []string{`baoxue_http_seconds_count{instance="g",status="503"} 0 1 2 3 4 5`, `baoxue_http_seconds_count{instance="g",status="200"} 0+1x5`}, 5 * time.Minute, nil},
		{"one in a hundred", "BaoxueUnavailable", []string{`baoxue_http_seconds_count{instance="g",status="503"} 0+10x10`, `baoxue_http_seconds_count{instance="g",status="200"} 0+990x10`}, 5 * time.Minute, nil},
		{"one in ten", "BaoxueUnavailable", []string{`baoxue_http_seconds_count{instance="g",status="503"} 0+10x10`, `baoxue_http_seconds_count{instance="g",status="200"} 0+90x10`}, 5 * time.Minute, []string{`{instance="g"}`}},

		{"saves that are quick", "BaoxueSlow", slow("0.5"), 10 * time.Minute, nil},
		{"saves that take seconds", "BaoxueSlow", slow("4"), 10 * time.Minute, []string{`{method="/baoxue.verification.v1.FindingService/SubmitFinding"}`}},

		{"clocks that agree", "BaoxueClockWrong", []string{`baoxue_database_clock_ahead_seconds{service="ledger",instance="a"} 0.2`}, 0, nil},
		{"a database that is behind one of two", "BaoxueClockWrong", []string{
			`baoxue_database_clock_ahead_seconds{service="ledger",instance="a"} -61`, `baoxue_database_clock_ahead_seconds{service="ledger",instance="b"} 0`,
		}, 0, []string{`{instance="a", service="ledger"}`}},

		{"a wait now and then", "BaoxueDatabaseBusy", []string{`baoxue_database_wait_seconds_total{service="ledger",instance="a"} 0+30x10`}, 10 * time.Minute, nil},
		{"two that always wait", "BaoxueDatabaseBusy", []string{`baoxue_database_wait_seconds_total{service="ledger",instance="a"} 0+120x10`}, 10 * time.Minute, []string{`{instance="a", service="ledger"}`}},

		{"webhooks in order", "BaoxueWebhooksFailing", []string{`baoxue_webhooks_failing{service="reporting"} 0`}, 0, nil},
		{"one that is told nothing", "BaoxueWebhooksFailing", []string{`baoxue_webhooks_failing{service="reporting"} 1`}, 0, []string{`{}`}},

		{"a Monday morning", "BaoxueLoginsRefused", logins("0+10x10"), 10 * time.Minute, nil},
		{"somebody who guesses", "BaoxueLoginsRefused", logins("0+60x10"), 10 * time.Minute, []string{`{}`}},

		{"a certificate of a month", "BaoxueCertificateEnds", []string{`baoxue_certificate_end_timestamp_seconds{instance="a"} 1602592000`}, 0, nil},
		{"one of ten days", "BaoxueCertificateEnds", []string{`baoxue_certificate_end_timestamp_seconds{instance="a"} 1600864000`}, 0, []string{`{instance="a"}`}},
		{"one that can't be read", "BaoxueCertificateEnds", []string{`baoxue_certificate_end_timestamp_seconds{instance="a"} 0`}, 0, []string{`{instance="a"}`}},
	} {
		t.Run(c.alert+" "+c.about, func(t *testing.T) {
			figures, err := alerts.Describe(begin, c.series...)
			if err != nil {
				t.Fatal(err)
			}
			got, err := load(t)[c.alert].Firing(testkit.Context(t), figures, begin.Add(c.after))
			if err != nil || !slices.Equal(got, c.fires) && len(got)+len(c.fires) > 0 {
				t.Errorf("fires for %v, %v; want %v", got, err, c.fires)
			}
			fired[c.alert], silent[c.alert] = fired[c.alert] || len(got) > 0, silent[c.alert] || len(got) == 0
		})
	}
	for name, a := range load(t) {
		if !fired[name] || !silent[name] {
			t.Errorf("%s: no case fires, or none is silent", name)
		}
		if a.Severity != "page" && a.Severity != "ticket" {
			t.Errorf("%s: severity %q", name, a.Severity)
		}
	}
}

// slow are saves that took between half of so many seconds and them.
func slow(seconds string) []string {
	const bucket = `baoxue_rpc_server_seconds_bucket{method="/baoxue.verification.v1.FindingService/SubmitFinding",code="OK",le="`
	return []string{bucket + `0.25"} 0x20`, bucket + seconds + `"} 0+10x20`, bucket + `+Inf"} 0+10x20`}
}

// logins that were refused.
func logins(values string) []string {
	return []string{`baoxue_rpc_server_seconds_count{method="/baoxue.auth.v1.AuthService/Login",code="Unauthenticated"} ` + values}
}

func load(t *testing.T) map[string]alerts.Alert {
	t.Helper()
	all, err := alerts.Load("alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]alerts.Alert{}
	for _, a := range all {
		byName[a.Name] = a
	}
	return byName
}
