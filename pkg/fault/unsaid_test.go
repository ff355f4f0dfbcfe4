package fault_test

import (
	"testing"

	"baoxue.internal/pkg/fault"
)

func TestWhatSaysSomething(t *testing.T) {
	for text, unsaid := range map[string]bool{
		"": true, " \u3000\n": true, "\u200b\ufeff": true, "。": true, "——": true, "\x00": true, "\u0301": true, "👍": true,
		"王": false, " A ": false, "3": false, "３": false, "。王": false,
	} {
		if fault.Unsaid(text) != unsaid {
			t.Errorf("%q: unsaid %v", text, !unsaid)
		}
	}
}
