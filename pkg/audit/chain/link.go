package chain

import (
	"fmt"
	"hash"
)

// Start is the digest before the first link of a chain other than the audit trail's own.
// domain keeps it from meaning anything else.
func (a Algorithm) Start(domain string) ([]byte, error) { return a.Link(nil, []byte(domain)) }

// Link is H(previous || content).
func (a Algorithm) Link(previous, content []byte) ([]byte, error) {
	h := a.new()
	if h == nil {
		return nil, fmt.Errorf("unknown digest %q", string(a))
	}
	h.Write(previous)
	h.Write(content)
	return h.Sum(nil), nil
}

// Hash is a new digest; nil for an algorithm that there is not.
func (a Algorithm) Hash() hash.Hash { return a.new() }
