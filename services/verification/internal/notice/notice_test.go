package notice_test

import (
	"strings"
	"testing"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/notice"
)

type everyDayWorks struct{}

func (everyDayWorks) After(day time.Time, n int) time.Time { return day.AddDate(0, 0, n) }

func TestANoticeIsSafeWhateverTheLedgerHolds(t *testing.T) {
	today := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	rules := domain.Rules{Calendar: everyDayWorks{}, Settings: domain.Settings{Deadlines: domain.Deadlines{Notice: 10}}}
	evil := `<img src=x onerror=alert(1)>`
	n, err := domain.Work{Code: "A2"}.Notice("0199-abcdef12", "浙江省杭州市西湖区教育局", domain.Child{
		Name: evil, BirthDate: "2012-03-04", Address: `"/><script>1</script>`,
	}, today, rules)
	if err != nil {
		t.Fatal(err)
	}
	page, err := notice.Return(n)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"限期复学通知书", "2026年12月3日", "2026年11月23日", "浙江省杭州市西湖区教育局", "20261123-ABCDEF12", `class="blank"`, "&lt;img"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{evil, "<script", "http:", "https:"} {
		if strings.Contains(string(page), not) {
			t.Errorf("the page has %q", not)
		}
	}
	n.Guardian = "王建国"
	if page, err = notice.Return(n); err != nil || !strings.Contains(string(page), "王建国（") || strings.Contains(string(page), `class="blank"`) {
		t.Errorf("%s, %v", page, err)
	}
	for _, code := range []string{"", "99", "B2"} {
		if _, err := (domain.Work{Code: code}).Notice("e", "", domain.Child{}, today, rules); !fault.Is(err, "NO_PERSUASION_NEEDED") {
			t.Errorf("%q: %v", code, err)
		}
	}
}
