package cli

import (
	"testing"
	"time"
)

func TestTheLastMonthIsThatOfBeijing(t *testing.T) {
	for instant, want := range map[string]string{
		"2019-07-31T16:00:00Z": "2019-07", // the first instant of August in Beijing
		"2019-07-31T15:59:59Z": "2019-06",
		"2020-01-15T00:00:00Z": "2019-12",
		"2019-03-31T12:00:00Z": "2019-02",
	} {
		now, err := time.Parse(time.RFC3339, instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := monthBefore(now); got != want {
			t.Errorf("at %s: %s, want %s", instant, got, want)
		}
	}
}
