package server_test

import (
	"testing"

	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/ledger/internal/domain"
)

// Lists can be narrowed down by every special group that verification knows.
func TestEverySpecialGroupIsKnown(t *testing.T) {
	for number, name := range verificationv1.Tag_name {
		if domain.TagKnown(name) != (number != 0) {
			t.Errorf("%s is known: %t", name, domain.TagKnown(name))
		}
	}
}
