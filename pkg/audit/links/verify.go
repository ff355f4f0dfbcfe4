package links

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"baoxue.internal/pkg/audit/chain"
)

// Report is what a verification found.
type Report struct {
	Histories, Links int64
	// Unchained are links from before there was a chain.
	Unchained int64
	// Sealed is the end of the last seal; what came later is chained only.
	Sealed time.Time
	// Problems are empty when nothing is wrong. They name histories and revisions.
	Problems []string
}

type place struct {
	Entry    string    `json:"entry"`
	Revision int64     `json:"revision"`
	At       time.Time `json:"at"`
}

// verifier reads a file history by history.
type verifier struct {
	domain string
	seals  []Seal
	sums   []*Sealing
	report Report

	last   place
	digest []byte
	// pending is the newest link of the history in the seal that it belongs to.
	pending int
}

// Verify reads a file of links against the seals of the audit trail, in their order;
// domain is that of the chains' Start. An error tells that the file could not be read.
func Verify(file io.Reader, domain string, seals []Seal) (Report, error) {
	v := &verifier{domain: domain, seals: seals, pending: -1}
	for i, s := range seals {
		v.sums = append(v.sums, NewSealing(s.Algorithm, s.From, s.To))
		if i > 0 && !s.From.Equal(seals[i-1].To) || !s.To.After(s.From) {
			v.problem("第 %d 次封存（至 %s）与前一次不相接", i+1, s.To.Format(time.RFC3339))
		}
		v.report.Sealed = s.To
	}
	lines := json.NewDecoder(file)
	for {
		var l Line
		switch err := lines.Decode(&l); {
		case errors.Is(err, io.EOF):
			v.flush()
			v.compareSeals()
			return v.report, nil
		case err != nil:
			return v.report, fmt.Errorf("link %d: %w", v.report.Links+1, err)
		}
		if err := v.next(l); err != nil {
			return v.report, fmt.Errorf("link %d: %w", v.report.Links+1, err)
		}
	}
}

func (v *verifier) problem(format string, args ...any) {
	v.report.Problems = append(v.report.Problems, fmt.Sprintf(format, args...))
}

func (v *verifier) next(l Line) error {
	var at place
	if err := json.Unmarshal(l.Content, &at); err != nil {
		return err
	}
	digest, err := hex.DecodeString(l.Digest)
	if err != nil {
		return err
	}
	v.report.Links++
	if at.Entry != v.last.Entry {
		v.flush()
		if v.report.Histories++; at.Entry < v.last.Entry {
			v.problem("记录 %s 的位置不对或重复出现", at.Entry)
		}
		v.last, v.digest = place{Entry: at.Entry}, nil
	}
	if at.Revision != v.last.Revision+1 {
		v.problem("记录 %s 第 %d 版之后应为第 %d 版，却是第 %d 版：有核查结果被删除或插入", at.Entry, v.last.Revision, v.last.Revision+1, at.Revision)
	}
	if !at.At.After(v.last.At) {
		v.problem("记录 %s 第 %d 版的时间不晚于前一版：时间被改动", at.Entry, at.Revision)
	}
	if err := v.link(l, at, digest); err != nil {
		return err
	}
	v.seal(at, digest)
	v.last, v.digest = at, digest
	return nil
}

// link compares a digest with what it should be.
func (v *verifier) link(l Line, at place, digest []byte) error {
	if len(digest) == 0 {
		if v.report.Unchained++; len(v.digest) > 0 {
			v.problem("记录 %s 第 %d 版没有校验值，而前一版有", at.Entry, at.Revision)
		}
		return nil
	}
	previous, algorithm := v.digest, chain.Algorithm(l.Algorithm)
	if len(previous) == 0 {
		start, err := algorithm.Start(v.domain + at.Entry)
		if err != nil {
			return err
		}
		previous = start
	}
	expected, err := algorithm.Link(previous, l.Content)
	if err != nil {
		return err
	}
	if !bytes.Equal(expected, digest) {
		v.problem("记录 %s 第 %d 版与其校验值不符：该版或之前的内容被改动", at.Entry, at.Revision)
	}
	return nil
}

// seal keeps the newest link of each span.
func (v *verifier) seal(at place, digest []byte) {
	n, _ := slices.BinarySearchFunc(v.seals, at.At, func(s Seal, t time.Time) int {
		if s.To.After(t) {
			return 1
		}
		return -1
	})
	if n != v.pending {
		v.flush()
	}
	v.pending = -1
	if n < len(v.seals) && !at.At.Before(v.seals[n].From) && len(digest) > 0 {
		v.pending = n
	}
}

// flush counts the link before as the newest of its history in its span.
func (v *verifier) flush() {
	if v.pending >= 0 {
		v.sums[v.pending].Add(v.last.Entry, v.last.Revision, v.digest)
	}
	v.pending = -1
}

func (v *verifier) compareSeals() {
	for i, sum := range v.sums {
		if got := sum.Seal(); got.Histories != v.seals[i].Histories || !bytes.Equal(got.Digest, v.seals[i].Digest) {
			v.problem("%s 至 %s 的核查结果与封存时不符（封存 %d 条记录，现有 %d 条）：有内容被改动、删除或倒填日期",
				v.seals[i].From.Format(time.RFC3339), v.seals[i].To.Format(time.RFC3339), v.seals[i].Histories, got.Histories)
		}
	}
}
