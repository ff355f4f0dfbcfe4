package systemtest

import (
	"regexp"
	"strings"
	"testing"

	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
)

// A reason stands before the words for it, or under its own name.
var (
	reasonBeforeWords = regexp.MustCompile(`"([A-Z]{3}[A-Z0-9_]*)",\s*(?:fmt\.Sprintf\(|\w+\s*\+\s*)?"[^"]*\p{Han}`)
	reasonByName      = regexp.MustCompile(`\bReason:\s+"([A-Z]{3}[A-Z0-9_]*[A-Z0-9])"`)
)

// Another system reads the reasons from the contract: none is told that is not in it, and none is there that nobody tells.
func TestTheContractHasEveryReason(t *testing.T) {
	told := map[string]bool{}
	for _, reason := range append(inSource(t, reasonBeforeWords, 100), inSource(t, reasonByName, 10)...) {
		told[reason] = true
		if _, ok := commonv1.ErrorReason_value["ERROR_REASON_"+reason]; !ok {
			t.Errorf("the contract does not have %s", reason)
		}
	}
	anywhere := map[string]bool{}
	for _, text := range inSource(t, regexp.MustCompile(`"([A-Z][A-Z0-9_]+)"`), len(told)) {
		anywhere[text] = true
	}
	for name, number := range commonv1.ErrorReason_value {
		if number != 0 && !anywhere[strings.TrimPrefix(name, "ERROR_REASON_")] {
			t.Errorf("nothing tells %s", name)
		}
	}
}
