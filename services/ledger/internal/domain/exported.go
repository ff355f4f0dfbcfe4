package domain

import (
	"slices"
	"strings"
)

// worklistHeads are hidden columns of the worklists that counties fill in (核查清单); no distribution has them.
var worklistHeads = []string{"清单标识", "校验码"}

// OfWorklist reports whether the sheet is a worklist: it goes back as findings, not into the ledger.
func (h *Header) OfWorklist() bool {
	return !slices.ContainsFunc(worklistHeads, func(head string) bool { return h.taken[head] == 0 })
}

// IsMasked reports whether a document number is hidden as MaskID does it: it tells no child from another.
func IsMasked(number string) bool { return strings.Contains(number, hidden) }
