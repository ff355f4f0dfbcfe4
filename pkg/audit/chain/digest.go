package chain

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"maps"
	"slices"

	"github.com/emmansun/gmsm/sm3"

	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

// Algorithm is the name of a digest as it stands in a record.
type Algorithm string

// The digests that a chain may use. Both give 32 bytes.
const (
	SHA256 Algorithm = "SHA-256"
	SM3    Algorithm = "SM3"
)

// ParseAlgorithm reads a setting: sha256 or sm3; empty means sha256.
func ParseAlgorithm(setting string) (Algorithm, error) {
	switch setting {
	case "", "sha256":
		return SHA256, nil
	case "sm3":
		return SM3, nil
	}
	return "", fmt.Errorf("audit digest is sha256 or sm3, not %q", setting)
}

func (a Algorithm) new() hash.Hash {
	switch a {
	case SHA256:
		return sha256.New()
	case SM3:
		return sm3.New()
	}
	return nil
}

// encodingVersion begins every canonical encoding.
const encodingVersion = 1

// genesisDomain keeps the digest before the first record from meaning anything
// else.
const genesisDomain = "baoxue.audit.v1 genesis\n"

// Digest is H(previous || canonical encoding of r), by the algorithm that r
// names. previous is ignored for the first record of a chain.
func Digest(previous []byte, r *auditv1.Record) ([]byte, error) {
	algorithm := Algorithm(r.GetAlgorithm())
	h := algorithm.new()
	if h == nil {
		return nil, fmt.Errorf("unknown digest %q", r.GetAlgorithm())
	}
	if r.GetSequence() == 1 {
		previous = algorithm.genesis(r.GetService())
	}
	h.Write(previous)
	h.Write(encode(r))
	return h.Sum(nil), nil
}

func (a Algorithm) genesis(service string) []byte {
	h := a.new()
	h.Write([]byte(genesisDomain + service))
	return h.Sum(nil)
}

// encode is the canonical encoding, documented in doc.go. A change of it needs
// a new version that old records still verify by.
func encode(r *auditv1.Record) []byte {
	b := []byte{encodingVersion}
	text := func(s string) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	number := func(n int64) { b = binary.BigEndian.AppendUint64(b, uint64(n)) }
	text(r.GetService())
	number(r.GetSequence())
	text(r.GetAlgorithm())
	text(r.GetId())
	// Of a time, all that the message can hold: nothing of an exported copy may
	// change unnoticed.
	number(r.GetOccurTime().GetSeconds())
	number(int64(r.GetOccurTime().GetNanos()))
	text(r.GetActorId())
	text(r.GetActorName())
	text(r.GetAddress())
	text(r.GetAction())
	text(r.GetResourceType())
	text(r.GetResourceId())
	text(r.GetRegionCode())
	number(int64(r.GetOutcome()))
	text(r.GetReason())
	text(r.GetRequestId())
	number(int64(len(r.GetDetails())))
	for _, key := range slices.Sorted(maps.Keys(r.GetDetails())) {
		text(key)
		text(r.GetDetails()[key])
	}
	return b
}
