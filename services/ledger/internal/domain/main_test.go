package domain_test

import (
	"testing"

	"baoxue.internal/pkg/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }
