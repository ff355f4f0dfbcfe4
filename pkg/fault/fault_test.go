package fault_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"baoxue.internal/pkg/fault"
)

func TestErrorIsFoundThroughWrapping(t *testing.T) {
	err := fmt.Errorf("saving: %w", fault.New(fault.NotFound, "NOT_FOUND", "没有这条记录").Because(io.EOF))
	if !fault.Is(err, "NOT_FOUND") {
		t.Fatalf("Is(%v) = false", err)
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal("the private cause is not in the chain")
	}
	if !strings.Contains(err.Error(), "EOF") {
		t.Fatalf("a log line must name the cause: %v", err)
	}
}

func TestWithDoesNotChangeTheOriginal(t *testing.T) {
	a := fault.New(fault.Conflict, "X", "").With("k", "1")
	b := a.With("k", "2").Because(io.EOF)
	if a.Metadata["k"] != "1" || a.Unwrap() != nil || b.Metadata["k"] != "2" {
		t.Fatalf("a = %+v, b = %+v", a, b)
	}
}

func TestNoViolationIsNoError(t *testing.T) {
	if err := fault.FromViolations("R", "m", nil); err != nil {
		t.Fatal(err)
	}
	err := fault.FromViolations("R", "m", []fault.Violation{{Field: "f", Reason: "REQUIRED"}})
	if e := fault.As(err); e == nil || e.Kind != fault.Invalid || len(e.Violations) != 1 {
		t.Fatalf("got %v", err)
	}
}
