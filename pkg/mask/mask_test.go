package mask_test

import (
	"testing"

	"baoxue.internal/pkg/mask"
)

func TestLongNumbersAreHidden(t *testing.T) {
	for text, want := range map[string]string{
		"母亲 13957150043，父亲另告":  "母亲 139******43，父亲另告",
		"三年级2班 123456":         "三年级2班 123456",
		"旧证33010620100506123X": "旧证330*************3X",
		"":                     "",
	} {
		if got := mask.Numbers(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
