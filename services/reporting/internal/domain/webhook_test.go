package domain_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/domain"
)

// inside refuses what is on this machine.
func inside(ip netip.Addr) error {
	if ip.IsLoopback() {
		return errors.New("inside")
	}
	return nil
}

func TestAWebhooksFormTellsAllThatIsWrong(t *testing.T) {
	published := []string{"baoxue.event.v1.OutcomeChanged"}
	good := domain.WebhookForm{URL: "https://oa.example.cn/hooks?key=1", Region: "330000", DisplayName: "省厅办公系统", Types: published}
	if err := good.Check(true, published, inside); err != nil {
		t.Fatal(err)
	}
	for url, reason := range map[string]string{
		"": "REQUIRED", "http://oa.example.cn/": "URL_INVALID", "https://": "URL_INVALID", "oa.example.cn": "URL_INVALID", "https://user:word@oa.example.cn/": "URL_INVALID",
		"https://oa.example.cn/#x": "URL_INVALID", "https://127.0.0.1/": "ADDRESS_FORBIDDEN", "https://[::1]:8443/": "ADDRESS_FORBIDDEN", "file:///etc/passwd": "URL_INVALID",
		"https://oa.example.cn/\x7f": "URL_INVALID",
	} {
		form := good
		form.URL = url
		var refused *fault.Error
		if err := form.Check(true, published, inside); !errors.As(err, &refused) || len(refused.Violations) != 1 || refused.Violations[0].Reason != reason {
			t.Errorf("%q: %v, want %s", url, err, reason)
		}
	}
	var refused *fault.Error
	nameless := good
	nameless.DisplayName = "\u200b —"
	if err := nameless.Check(true, published, inside); !errors.As(err, &refused) || len(refused.Violations) != 1 || refused.Violations[0].Field != "display_name" {
		t.Errorf("without a name: %v", err)
	}
	err := domain.WebhookForm{DisplayName: strings.Repeat("长", 101), Types: []string{published[0], "x"}}.Check(false, published, inside)
	if !errors.As(err, &refused) || len(refused.Violations) != 4 || refused.Violations[3].Field != "types[1]" {
		t.Errorf("got %+v", err)
	}
}

// However it fails, it is tried again after longer and longer, at most an hour, until three days
// have passed; and one success ends all that.
func TestAWebhookIsTriedLongEnoughAndNotForEver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2019, 7, 31, 16, 0, 0, 0, time.UTC)
		now, w, pause := start, domain.Webhook{State: domain.WebhookActive}, time.Duration(0)
		for w.State == domain.WebhookActive {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "seconds")) * time.Second)
			w = w.Failed(now, "对方应答 HTTP 503", false)
			next := w.NextAttempt.Sub(now)
			if next < pause || next > time.Hour || next < time.Second || w.LastError == "" {
				t.Fatalf("after %d failures a pause of %v, before of %v", w.Failures, next, pause)
			}
			now, pause = w.NextAttempt, next
		}
		if lasted := now.Sub(start); lasted < 72*time.Hour || lasted > 75*time.Hour {
			t.Fatalf("given up after %v", lasted)
		}
		if w = w.Resumed(now); w.State != domain.WebhookActive || w.Failures != 0 || w.NextAttempt != now {
			t.Fatalf("%+v", w)
		}
		if w = w.Failed(now, "", false).Delivered(now); w.Failures != 0 || !w.FailingSince.IsZero() || w.LastSuccess != now {
			t.Fatalf("%+v", w)
		}
		if w = w.Failed(now, "对方应答 HTTP 410", true); w.State != domain.WebhookSuspended {
			t.Fatalf("%+v", w)
		}
	})
}
