package store

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"time"

	"baoxue.internal/pkg/audit/links"
	"baoxue.internal/services/verification/internal/store/db"
)

// link is what a finding's digest covers, beside the digest before it. It names nobody:
// what was written is in Fields, a keyed digest of the stored columns.
type link struct {
	Entry    string `json:"entry"`
	Revision int64  `json:"revision"`
	At       string `json:"at"`
	Code     string `json:"code"`
	Standard string `json:"standard"`
	Corrects int64  `json:"corrects"`
	County   string `json:"county"`
	Author   string `json:"author"`
	Fields   string `json:"fields"`
}

// contentOf is the canonical content of a stored finding.
func (s *Store) contentOf(f db.Finding) ([]byte, error) {
	var fields []byte
	for _, column := range [][]byte{
		[]byte(f.ID),
		{byte(f.Action)},
		[]byte(f.CodeName), []byte(f.SchoolRegion), []byte(f.School), f.WitnessSealed,
		[]byte(f.WitnessDate.Format(time.DateOnly)), f.ExplanationSealed, f.CurrentSituationSealed, f.FamilySituationSealed,
		f.ParentContactSealed, f.NationalStudentNumberSealed, f.CorrectionReasonSealed, []byte(f.Author),
	} {
		fields = binary.BigEndian.AppendUint32(fields, uint32(len(column)))
		fields = append(fields, column...)
	}
	return json.Marshal(link{
		Entry: f.EntryID, Revision: f.Revision, At: f.OccurredAt.UTC().Format(time.RFC3339Nano), Code: f.Code,
		Standard: f.StandardFrom.Format(time.DateOnly), Corrects: f.CorrectsRevision, County: f.CountyCode, Author: f.AuthorID,
		Fields: hex.EncodeToString(s.sealer.Index("finding chain", string(fields))),
	})
}

// chained gives a finding its digest. previous is the head's, empty for the first link.
func (s *Store) chained(f db.Finding, previous []byte) (db.Finding, error) {
	if len(previous) == 0 {
		start, err := s.algorithm.Start(links.FindingsDomain + f.EntryID)
		if err != nil {
			return f, err
		}
		previous = start
	}
	content, err := s.contentOf(f)
	if err != nil {
		return f, err
	}
	algorithm := string(s.algorithm)
	f.Algorithm = &algorithm
	f.Digest, err = s.algorithm.Link(previous, content)
	return f, err
}

// lineOf is a stored finding as it is now: what was altered in the table does not fit its
// digest.
func (s *Store) lineOf(f db.Finding) (l links.Line, err error) {
	if l.Content, err = s.contentOf(f); err != nil {
		return l, err
	}
	if f.Algorithm != nil {
		l.Algorithm = *f.Algorithm
	}
	l.Digest = hex.EncodeToString(f.Digest)
	return l, nil
}
