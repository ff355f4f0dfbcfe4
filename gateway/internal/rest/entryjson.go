package rest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/types/known/timestamppb"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

// hotMarshaler writes lists of entries, the answer that is asked for most, without
// reflection; everything else as the one within. What it writes is the same: a test compares
// the two over all fields.
type hotMarshaler struct{ *runtime.JSONPb }

// Marshal implements runtime.Marshaler.
func (m hotMarshaler) Marshal(v any) ([]byte, error) {
	if list, ok := v.(*ledgerv1.ListEntriesResponse); ok && list != nil {
		return marshalEntries(list)
	}
	return m.JSONPb.Marshal(v)
}

// entryBytes is about what an entry takes.
const entryBytes = 1200

func marshalEntries(list *ledgerv1.ListEntriesResponse) ([]byte, error) {
	w := jsonWriter{out: make([]byte, 0, entryBytes*(1+len(list.GetEntries())))}
	w.raw(`{"entries":[`)
	for i, e := range list.GetEntries() {
		if i > 0 {
			w.raw(",")
		}
		w.entry(e)
	}
	w.raw(`],"nextPageToken":`)
	w.text(list.GetNextPageToken())
	w.raw(`,"totalSize":`)
	w.number(int64(list.GetTotalSize()))
	w.raw("}")
	return w.out, w.err
}

// jsonWriter appends JSON until something can't be written.
type jsonWriter struct {
	out []byte
	err error
	// last moment that was written, and where: entries of one import have the same ones.
	last             *timestamppb.Timestamp
	lastFrom, lastTo int
}

func (w *jsonWriter) raw(s string) { w.out = append(w.out, s...) }

func (w *jsonWriter) number(n int64) { w.out = strconv.AppendInt(w.out, n, 10) }

func (w *jsonWriter) field(name, text string) {
	w.raw(name)
	w.text(text)
}

func (w *jsonWriter) flag(name string, set bool) {
	w.raw(name)
	w.out = strconv.AppendBool(w.out, set)
}

func (w *jsonWriter) enum(name string, number int32, names map[int32]string) {
	w.raw(name)
	if text, known := names[number]; known {
		w.text(text)
		return
	}
	w.number(int64(number))
}

func (w *jsonWriter) entry(e *ledgerv1.Entry) {
	w.field(`{"id":`, e.GetId())
	w.field(`,"serialNumber":`, e.GetSerialNumber())
	w.field(`,"personName":`, e.GetPersonName())
	w.field(`,"birthDate":`, e.GetBirthDate())
	w.field(`,"idNumber":`, e.GetIdNumber())
	w.field(`,"householdPlace":`, e.GetHouseholdPlace())
	w.field(`,"homeAddress":`, e.GetHomeAddress())
	w.field(`,"inSchool":`, e.GetInSchool())
	w.field(`,"nationalStudentNumber":`, e.GetNationalStudentNumber())
	w.field(`,"provincialSchool":`, e.GetProvincialSchool())
	w.field(`,"provincialStudentNumber":`, e.GetProvincialStudentNumber())
	w.field(`,"provincialStudentStatus":`, e.GetProvincialStudentStatus())
	w.enum(`,"source":`, int32(e.GetSource()), ledgerv1.Source_name)
	w.field(`,"regionCode":`, e.GetRegionCode())
	w.field(`,"countyCode":`, e.GetCountyCode())
	w.enum(`,"status":`, int32(e.GetStatus()), ledgerv1.Status_name)
	w.field(`,"code":`, e.GetCode())
	w.raw(`,"revision":`)
	w.number(int64(e.GetRevision()))
	w.texts(`,"flags":`, e.GetFlags())
	w.moment(`,"createTime":`, e.GetCreateTime())
	w.moment(`,"updateTime":`, e.GetUpdateTime())
	w.field(`,"routingReason":`, e.GetRoutingReason())
	w.suggestions(e.GetSuggestions())
	w.byName(`,"extraColumns":`, e.GetExtraColumns())
	w.field(`,"responsibleId":`, e.GetResponsibleId())
	w.moment(`,"findingTime":`, e.GetFindingTime())
	w.flag(`,"returned":`, e.GetReturned())
	w.field(`,"duty":`, e.GetDuty())
	w.flag(`,"closed":`, e.GetClosed())
	w.field(`,"dueOn":`, e.GetDueOn())
	w.field(`,"dueKind":`, e.GetDueKind())
	w.texts(`,"tags":`, e.GetTags())
	w.field(`,"legalStep":`, e.GetLegalStep())
	w.raw("}")
}

func (w *jsonWriter) texts(name string, texts []string) {
	w.raw(name)
	w.raw("[")
	for i, text := range texts {
		if i > 0 {
			w.raw(",")
		}
		w.text(text)
	}
	w.raw("]")
}

func (w *jsonWriter) suggestions(list []*ledgerv1.RoutingSuggestion) {
	w.raw(`,"suggestions":[`)
	for i, s := range list {
		if i > 0 {
			w.raw(",")
		}
		w.field(`{"countyCode":`, s.GetCountyCode())
		w.field(`,"reason":`, s.GetReason())
		w.raw("}")
	}
	w.raw("]")
}

func (w *jsonWriter) byName(name string, texts map[string]string) {
	w.raw(name)
	w.raw("{")
	for i, key := range slices.Sorted(maps.Keys(texts)) {
		if i > 0 {
			w.raw(",")
		}
		w.text(key)
		w.field(":", texts[key])
	}
	w.raw("}")
}

// moment leaves out what is not set.
func (w *jsonWriter) moment(name string, at *timestamppb.Timestamp) {
	if at == nil {
		return
	}
	w.raw(name)
	if w.last != nil && at.GetSeconds() == w.last.GetSeconds() && at.GetNanos() == w.last.GetNanos() {
		w.out = append(w.out, w.out[w.lastFrom:w.lastTo]...)
		return
	}
	if err := at.CheckValid(); err != nil {
		w.fail(err)
		return
	}
	from := len(w.out)
	w.raw(`"`)
	w.out = at.AsTime().AppendFormat(w.out, "2006-01-02T15:04:05")
	// None, or three, six or nine digits, as few as tell all.
	switch nanos := at.GetNanos(); {
	case nanos == 0:
	case nanos%int32(time.Millisecond) == 0:
		w.out = fmt.Appendf(w.out, ".%03d", nanos/int32(time.Millisecond))
	case nanos%int32(time.Microsecond) == 0:
		w.out = fmt.Appendf(w.out, ".%06d", nanos/int32(time.Microsecond))
	default:
		w.out = fmt.Appendf(w.out, ".%09d", nanos)
	}
	w.raw(`Z"`)
	w.last, w.lastFrom, w.lastTo = at, from, len(w.out)
}

func (w *jsonWriter) text(s string) {
	if !utf8.ValidString(s) {
		w.fail(errNotUTF8)
	}
	w.raw(`"`)
	from := 0
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			w.raw(s[from:i])
			w.escape(c)
			from = i + 1
		}
	}
	w.raw(s[from:])
	w.raw(`"`)
}

var errNotUTF8 = errors.New("an entry has a text that is not UTF-8")

func (w *jsonWriter) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *jsonWriter) escape(c byte) {
	switch c {
	case '"', '\\':
		w.out = append(w.out, '\\', c)
	case '\b':
		w.raw(`\b`)
	case '\f':
		w.raw(`\f`)
	case '\n':
		w.raw(`\n`)
	case '\r':
		w.raw(`\r`)
	case '\t':
		w.raw(`\t`)
	default:
		w.out = fmt.Appendf(w.out, `\u%04x`, c)
	}
}
