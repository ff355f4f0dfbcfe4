// Package links proves offline that histories are as they were made: each history is a
// chain of its own, and the newest links of all that changed in a span of time are sealed
// together into an audit trail.
//
// A file has one line for each link, histories in order of their ids, links in order of
// their revisions. A line's digest is H(the digest before it || content), by
// chain.Algorithm.Link; the first of a history follows chain.Algorithm.Start.
package links

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"

	"baoxue.internal/pkg/audit/chain"
)

// Line is a link in a file.
type Line struct {
	// Content is covered byte by byte. It has at least entry, revision (from 1, without a
	// gap) and at (RFC 3339, rising).
	Content   json.RawMessage `json:"content"`
	Algorithm string          `json:"algorithm,omitempty"`
	// Digest is in hexadecimal, and empty in links from before there was a chain.
	Digest string `json:"digest,omitempty"`
}

// Write writes a line.
func Write(w io.Writer, l Line) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// Seal is what was put into the audit trail: the newest link of each history that has one
// from From until before To.
type Seal struct {
	From, To  time.Time
	Histories int64
	Algorithm chain.Algorithm
	Digest    []byte
}

// FindingsDomain begins the chains of verification's findings.
const FindingsDomain = "baoxue.verification.v1 findings of "

// SealAction is the action of a seal's audit record.
const SealAction = "findings.seal"

// Details are the seal as an audit record holds it.
func (s Seal) Details() map[string]string {
	return map[string]string{
		"from": s.From.UTC().Format(time.RFC3339Nano), "to": s.To.UTC().Format(time.RFC3339Nano),
		"entries": fmt.Sprint(s.Histories), "algorithm": string(s.Algorithm), "heads": hex.EncodeToString(s.Digest),
	}
}

// ParseSeal reads Details.
func ParseSeal(details map[string]string) (s Seal, err error) {
	if s.From, err = time.Parse(time.RFC3339Nano, details["from"]); err != nil {
		return s, err
	}
	if s.To, err = time.Parse(time.RFC3339Nano, details["to"]); err != nil {
		return s, err
	}
	if _, err = fmt.Sscan(details["entries"], &s.Histories); err != nil {
		return s, err
	}
	s.Algorithm = chain.Algorithm(details["algorithm"])
	if s.Algorithm.Hash() == nil {
		return s, fmt.Errorf("unknown digest %q", details["algorithm"])
	}
	s.Digest, err = hex.DecodeString(details["heads"])
	return s, err
}

// Sealing adds up a seal. Heads are added in order of their histories' ids.
type Sealing struct {
	seal Seal
	hash hash.Hash
}

// NewSealing begins a seal of a span of time.
func NewSealing(a chain.Algorithm, from, to time.Time) *Sealing {
	return &Sealing{seal: Seal{From: from, To: to, Algorithm: a}, hash: a.Hash()}
}

// Add adds the newest link of a history.
func (s *Sealing) Add(history string, revision int64, digest []byte) {
	s.seal.Histories++
	fmt.Fprintf(s.hash, "%s %d %x\n", history, revision, digest)
}

// Seal is all that was added.
func (s *Sealing) Seal() Seal {
	s.seal.Digest = s.hash.Sum(nil)
	return s.seal
}
