package chain

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Kind says what was done to a trail.
type Kind string

// The kinds.
const (
	// Changed: the record stands in its place with another content or digest.
	Changed Kind = "CHANGED"
	// Removed: one or several records are missing.
	Removed Kind = "REMOVED"
	// Inserted: a record stands here that is no part of the chain.
	Inserted Kind = "INSERTED"
	// Moved: a record stands here that belongs elsewhere.
	Moved Kind = "MOVED"
	// Truncated: the trail ends before the head that it should reach.
	Truncated Kind = "TRUNCATED"
	// Rewritten: the chain agrees with itself but not with a trusted head.
	Rewritten Kind = "REWRITTEN"
	// Unreadable: a line is no record, or the first no header.
	Unreadable Kind = "UNREADABLE"
)

var kindText = map[Kind]string{
	Changed: "被修改", Removed: "被删除", Inserted: "被插入", Moved: "被调换顺序",
	Truncated: "末尾缺失", Rewritten: "与可信链头不符", Unreadable: "无法读取",
}

// Problem is the first thing that is wrong with a trail.
type Problem struct {
	Kind Kind
	// Line of the file, from 1 (the header's).
	Line int
	// Sequence is the place in the chain concerned, the first of several; 0 for
	// the header.
	Sequence int64
	// Detail tells a person what differs.
	Detail string
}

// String tells a person everything.
func (p Problem) String() string {
	if p.Sequence == 0 {
		return fmt.Sprintf("文件头%s：%s", kindText[p.Kind], p.Detail)
	}
	return fmt.Sprintf("第 %d 号记录%s（文件第 %d 行）：%s", p.Sequence, kindText[p.Kind], p.Line, p.Detail)
}

// Report is the outcome of a verification.
type Report struct {
	Header Header
	// Head is the last place up to which everything is in order. It is worth
	// noting for the next verification.
	Head Head
	// Problem is nil when nothing is wrong.
	Problem *Problem
}

// Verify reads an exported file to its end or to the first problem. Heads are
// trusted; the file must reach each of them. An error tells that the file could
// not be read at all.
func Verify(file io.Reader, trusted ...Head) (Report, error) {
	v := verifier{lines: newLines(file), trusted: slices.Clone(trusted)}
	slices.SortFunc(v.trusted, func(a, b Head) int { return cmp.Compare(a.Sequence, b.Sequence) })
	err := v.run()
	return v.report, err
}

type verifier struct {
	lines   *lines
	trusted []Head
	report  Report
}

func (v *verifier) run() error {
	header, bad, err := v.lines.header()
	if err != nil {
		return err
	}
	if bad != "" {
		v.problem(Unreadable, 0, 1, bad)
		return nil
	}
	v.report.Header = header
	for v.report.Problem == nil {
		at, err := v.lines.next()
		if errors.Is(err, io.EOF) {
			v.end()
			return nil
		}
		if err != nil {
			return err
		}
		expected, ok := v.fits(at)
		if !ok {
			return v.diagnose(at, expected)
		}
		v.report.Head = Head{Sequence: at.record.GetSequence(), Digest: at.record.GetDigest()}
		v.compareTrusted(at)
	}
	return nil
}

// fits tells whether the record is the next of the chain; expected is the
// digest that it should have.
func (v *verifier) fits(at entry) (expected []byte, ok bool) {
	if at.bad != "" {
		return nil, false
	}
	place := v.report.Head.Sequence + 1
	expected, err := Digest(v.report.Head.Digest, at.record)
	return expected, err == nil && at.record.GetSequence() == place && place <= v.report.Header.HeadSequence &&
		at.record.GetService() == v.report.Header.Service && bytes.Equal(expected, at.record.GetDigest())
}

func (v *verifier) compareTrusted(at entry) {
	for _, head := range v.trusted {
		if head.Sequence == v.report.Head.Sequence && !bytes.Equal(head.Digest, v.report.Head.Digest) {
			v.problem(Rewritten, head.Sequence, at.line,
				fmt.Sprintf("校验值为 %x，可信链头为 %x；该号或之前的记录被整体改写", v.report.Head.Digest, head.Digest))
			return
		}
	}
}

// end is reached in order; it may have come too early.
func (v *verifier) end() {
	place, line := v.report.Head.Sequence+1, v.lines.line+1
	if until := v.report.Header.HeadSequence; until >= place {
		v.problem(Truncated, place, line, fmt.Sprintf("文件头写明应到第 %d 号", until))
		return
	}
	for _, head := range v.trusted {
		if head.Sequence >= place {
			v.problem(Truncated, place, line, fmt.Sprintf("可信链头在第 %d 号", head.Sequence))
			return
		}
	}
}

func (v *verifier) problem(kind Kind, sequence int64, line int, detail string) {
	v.report.Problem = &Problem{Kind: kind, Line: line, Sequence: sequence, Detail: detail}
}
