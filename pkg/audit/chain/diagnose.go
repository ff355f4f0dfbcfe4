package chain

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"

	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

// rest is what follows the line that does not fit.
type rest struct {
	next *auditv1.Record
	// lineOf a sequence, its first.
	lineOf map[int64]int
}

func (v *verifier) readRest() (rest, error) {
	r := rest{lineOf: map[int64]int{}}
	for first := true; ; first = false {
		at, err := v.lines.next()
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return r, err
		}
		if at.bad != "" {
			continue
		}
		if first {
			r.next = at.record
		}
		if _, known := r.lineOf[at.record.GetSequence()]; !known {
			r.lineOf[at.record.GetSequence()] = at.line
		}
	}
}

// diagnose finds out why a line is not the next record of the chain.
func (v *verifier) diagnose(at entry, expected []byte) error {
	place := v.report.Head.Sequence + 1
	if at.bad != "" {
		v.problem(Unreadable, place, at.line, at.bad)
		return nil
	}
	rest, err := v.readRest()
	if err != nil {
		return err
	}
	says := at.record.GetSequence()
	wanted, wantedLater := rest.lineOf[place]
	again, repeated := rest.lineOf[says]
	switch {
	case says != place && v.fitsAs(at.record, place):
		v.problem(Changed, place, at.line, fmt.Sprintf("序号被改为 %d", says))
	case says == place-1 && says > 0:
		v.problem(Inserted, says, at.line, fmt.Sprintf("第 %d 号有两条，在第 %d、%d 行", says, at.line-1, at.line))
	case place > v.report.Header.HeadSequence:
		v.problem(Inserted, place, at.line, fmt.Sprintf("文件头写明只到第 %d 号", v.report.Header.HeadSequence))
	case says == place && wantedLater:
		v.problem(Inserted, place, at.line, fmt.Sprintf("第 %d 号另见于第 %d 行", place, wanted))
	case says == place:
		v.problem(Changed, place, at.line, v.difference(at.record, expected, rest.next))
	case wantedLater && (repeated || says < place || says > v.report.Header.HeadSequence):
		v.problem(Inserted, place, at.line, fmt.Sprintf("此处应为第 %d 号（在第 %d 行），多出一条自称第 %d 号的记录", place, wanted, says))
	case wantedLater:
		v.problem(Moved, place, at.line, fmt.Sprintf("此处应为第 %d 号（在第 %d 行），却是第 %d 号", place, wanted, says))
	case says > place && rest.next.GetSequence() != place+1:
		v.problem(Removed, place, at.line, missing(place, says-1, repeated, again))
	default:
		v.problem(Changed, place, at.line, fmt.Sprintf("此处应为第 %d 号，却是自称第 %d 号的另一条记录", place, says))
	}
	return nil
}

func missing(from, to int64, repeated bool, again int) string {
	text := fmt.Sprintf("缺少第 %d 号", from)
	if to > from {
		text = fmt.Sprintf("缺少第 %d 至 %d 号", from, to)
	}
	if repeated {
		text += fmt.Sprintf("；第 %d 号另见于第 %d 行", to+1, again)
	}
	return text
}

// fitsAs tells whether the record would be in order with another sequence.
func (v *verifier) fitsAs(r *auditv1.Record, sequence int64) bool {
	other := proto.CloneOf(r)
	other.Sequence = sequence
	digest, err := Digest(v.report.Head.Digest, other)
	return err == nil && bytes.Equal(digest, r.GetDigest())
}

// difference says what of a record in its place does not agree. The record
// after it still holds the true digest of this one in its own.
func (v *verifier) difference(r *auditv1.Record, expected []byte, next *auditv1.Record) string {
	switch {
	case r.GetService() != v.report.Header.Service:
		return fmt.Sprintf("所属服务为 %q，文件头为 %q", r.GetService(), v.report.Header.Service)
	case expected == nil:
		return fmt.Sprintf("不认识的算法 %q", r.GetAlgorithm())
	case follows(next, expected):
		return fmt.Sprintf("校验值被改为 %x，应为 %x（内容与下一条记录相符）", r.GetDigest(), expected)
	case follows(next, r.GetDigest()):
		return fmt.Sprintf("内容被改：按内容计算为 %x，记录的校验值为 %x（与下一条记录相符）", expected, r.GetDigest())
	}
	return fmt.Sprintf("内容与校验值不符：按内容计算为 %x，记录的校验值为 %x", expected, r.GetDigest())
}

func follows(next *auditv1.Record, digest []byte) bool {
	if next == nil {
		return false
	}
	d, err := Digest(digest, next)
	return err == nil && bytes.Equal(d, next.GetDigest())
}
