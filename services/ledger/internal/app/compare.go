package app

import (
	"context"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/domain"
)

// Difference says what became of a child from one distribution to another.
type Difference int

// The differences, in the order of the interface.
const (
	NoDifference Difference = iota
	NewChild
	ContinuingChild
	ChangedChild
	VanishedChild
)

// Comparison counts the children of two imports.
type Comparison struct{ New, Continuing, Changed, Vanished int }

// Differing is a child of a comparison, with the fields that are described otherwise.
type Differing struct {
	EntryID string
	Fields  []string
	// As they are now.
	PersonName, CountyCode, Code string
}

var errNotComparable = fault.New(fault.Precondition, "IMPORT_NOT_FINISHED", "只能比较已成功完成的导入")

// Compare counts what an import has against an earlier one, and lists up to most children
// of a kind, after an entry's id.
func (m *Imports) Compare(ctx context.Context, id, base string, kind Difference, after string, most int) (Comparison, []Differing, error) {
	for _, i := range []string{id, base} {
		imported, err := m.Get(ctx, i)
		if err != nil {
			return Comparison{}, nil, err
		}
		if imported.State != "SUCCEEDED" {
			return Comparison{}, nil, errNotComparable
		}
	}
	counts, err := m.Store.CompareImports(ctx, id, base)
	if err != nil || kind == NoDifference {
		return counts, nil, err
	}
	if err := domain.CheckID(after); err != nil {
		return counts, nil, err
	}
	children, err := m.Store.ListDifferences(ctx, id, base, kind, after, most)
	return counts, children, err
}
