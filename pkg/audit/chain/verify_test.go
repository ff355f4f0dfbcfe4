package chain

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

// seal makes a chain of records as the sealer does.
func seal(t interface{ Fatal(args ...any) }, records []*auditv1.Record) {
	var previous []byte
	for i, r := range records {
		r.Sequence = int64(i) + 1
		digest, err := Digest(previous, r)
		if err != nil {
			t.Fatal(err)
		}
		r.Digest, previous = digest, digest
	}
}

func export(t interface{ Fatal(args ...any) }, head int64, records []*auditv1.Record) *bytes.Buffer {
	var b bytes.Buffer
	err := errors.Join(
		WriteHeader(&b, Header{Service: "ledger", ExportedAt: time.Unix(1564588800, 0).UTC(), HeadSequence: head}),
		WriteRecords(&b, records))
	if err != nil {
		t.Fatal(err)
	}
	return &b
}

func recordOf(i int) *auditv1.Record {
	return &auditv1.Record{
		Id: fmt.Sprintf("0190a5a4-3c00-7000-8000-%012d", i), Service: "ledger", OccurTime: timestamppb.New(time.Unix(1564588800+int64(i), 0)),
		ActorId: "u", Action: "entry.assign", Outcome: auditv1.Record_OUTCOME_DONE, Algorithm: string(SHA256), Details: map[string]string{"n": fmt.Sprint(i)},
	}
}

func trail(t interface{ Fatal(args ...any) }, n int) []*auditv1.Record {
	records := make([]*auditv1.Record, n)
	for i := range records {
		records[i] = recordOf(i)
	}
	seal(t, records)
	return records
}

func headOf(records []*auditv1.Record) Head {
	last := records[len(records)-1]
	return Head{Sequence: last.GetSequence(), Digest: last.GetDigest()}
}

// random records, with texts whose boundaries could be taken for one another.
func randomRecords(t *rapid.T) []*auditv1.Record {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab杭\n\"\\\x01 .:")), 0, 6, -1)
	records := make([]*auditv1.Record, rapid.IntRange(1, 12).Draw(t, "records"))
	for i := range records {
		r := recordOf(i)
		r.ActorId, r.ActorName, r.Address = text.Draw(t, "actor"), text.Draw(t, "name"), text.Draw(t, "address")
		r.ResourceType, r.ResourceId = text.Draw(t, "type"), text.Draw(t, "resource")
		r.Reason, r.RequestId, r.RegionCode = text.Draw(t, "reason"), text.Draw(t, "request"), text.Draw(t, "region")
		r.Details = rapid.MapOfN(text, text, 0, 3).Draw(t, "details")
		r.Algorithm = string(rapid.SampledFrom([]Algorithm{SHA256, SM3}).Draw(t, "algorithm"))
		records[i] = r
	}
	seal(t, records)
	return records
}

func TestAWholeTrailIsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := randomRecords(t)
		report, err := Verify(export(t, int64(len(records)), records), headOf(records))
		if err != nil || report.Problem != nil {
			t.Fatalf("%v, %v", report.Problem, err)
		}
		if report.Head.String() != headOf(records).String() {
			t.Fatalf("head %s", report.Head)
		}
	})
}

// changes change exactly one thing of a record.
var changes = map[string]func(*auditv1.Record){
	"id":            func(r *auditv1.Record) { r.Id += "0" },
	"service":       func(r *auditv1.Record) { r.Service = "reporting" },
	"second":        func(r *auditv1.Record) { r.OccurTime.Seconds++ },
	"nanosecond":    func(r *auditv1.Record) { r.OccurTime.Nanos++ },
	"actor":         func(r *auditv1.Record) { r.ActorId += "x" },
	"actor name":    func(r *auditv1.Record) { r.ActorName += "x" },
	"address":       func(r *auditv1.Record) { r.Address += "x" },
	"action":        func(r *auditv1.Record) { r.Action = "" },
	"resource type": func(r *auditv1.Record) { r.ResourceType, r.ResourceId = r.GetResourceType()+"x", r.GetResourceId() },
	"resource":      func(r *auditv1.Record) { r.ResourceId += "x" },
	"region":        func(r *auditv1.Record) { r.RegionCode += "1" },
	"outcome":       func(r *auditv1.Record) { r.Outcome = auditv1.Record_OUTCOME_REFUSED },
	"reason":        func(r *auditv1.Record) { r.Reason += " " },
	"request":       func(r *auditv1.Record) { r.RequestId += "x" },
	"detail added":  func(r *auditv1.Record) { r.Details = map[string]string{"new": ""} },
	"digest":        func(r *auditv1.Record) { r.Digest = slices.Concat(r.GetDigest()[1:], []byte{r.GetDigest()[0] ^ 1}) },
	"no digest":     func(r *auditv1.Record) { r.Digest = nil },
	"algorithm": func(r *auditv1.Record) {
		r.Algorithm = map[string]string{string(SHA256): string(SM3), string(SM3): string(SHA256)}[r.GetAlgorithm()]
	},
	"no algorithm": func(r *auditv1.Record) { r.Algorithm = "" },
	"not sealed":   func(r *auditv1.Record) { r.Sequence = 0 },
	"far":          func(r *auditv1.Record) { r.Sequence += 100 },
	"near":         func(r *auditv1.Record) { r.Sequence++ },
	"back":         func(r *auditv1.Record) { r.Sequence-- },
	"boundary": func(r *auditv1.Record) {
		r.ActorId, r.ActorName = r.GetActorId()+"x"+r.GetActorName(), ""
	},
}

func TestAnyOneChangeIsFoundAndNamed(t *testing.T) {
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				records := randomRecords(t)
				i := rapid.IntRange(0, len(records)-1).Draw(t, "victim")
				records[i] = proto.CloneOf(records[i])
				change(records[i])
				expect(t, export(t, int64(len(records)), records), Changed, int64(i)+1, i+2)
			})
		})
	}
}

func expect(t interface {
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}, file *bytes.Buffer, kind Kind, sequence int64, line int, trusted ...Head,
) {
	report, err := Verify(file, trusted...)
	if err != nil {
		t.Fatal(err)
	}
	p := report.Problem
	if p == nil || p.Kind != kind || p.Sequence != sequence || p.Line != line {
		t.Fatalf("found %+v, want %s of %d in line %d", p, kind, sequence, line)
	}
	if sequence > 0 && report.Head.Sequence >= sequence && kind != Inserted && kind != Rewritten {
		t.Fatalf("vouched for %d in spite of %s", report.Head.Sequence, p)
	}
}

func TestAnyRemovalIsFoundAndNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := randomRecords(t)
		head := int64(len(records))
		from := rapid.IntRange(0, len(records)-1).Draw(t, "from")
		until := rapid.IntRange(from+1, len(records)).Draw(t, "until")
		kind := Removed
		if until == len(records) {
			kind = Truncated
		}
		expect(t, export(t, head, slices.Delete(records, from, until)), kind, int64(from)+1, from+2)
	})
}

func TestAnyInsertionIsFoundAndNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := randomRecords(t)
		head := int64(len(records))
		i := rapid.IntRange(0, len(records)).Draw(t, "place")
		var previous []byte
		if i > 0 {
			previous = records[i-1].GetDigest()
		}
		forged := recordOf(99)
		forged.Sequence = int64(i) + 1
		sequence, line := int64(i)+1, i+2
		switch rapid.SampledFrom([]string{"copy", "wrong digest", "right digest", "beyond"}).Draw(t, "how") {
		case "copy":
			of := rapid.IntRange(0, len(records)-1).Draw(t, "of")
			forged = proto.CloneOf(records[of])
			switch of {
			case i:
				// Which of two equal lines is the copy nobody can tell.
				line++
			case i - 1:
				sequence--
			}
		case "wrong digest":
			forged.Digest = make([]byte, 32)
		case "right digest":
			forged.Digest = must(Digest(previous, forged))
			if i < len(records) {
				line++ // found when the true one comes
			}
		case "beyond":
			forged.Sequence, forged.Digest = head+7, make([]byte, 32)
		}
		expect(t, export(t, head, slices.Insert(records, i, forged)), Inserted, sequence, line)
	})
}

func must(digest []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return digest
}

func TestAnySwapIsFoundAndNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := randomRecords(t)
		if len(records) < 2 {
			return
		}
		i := rapid.IntRange(0, len(records)-2).Draw(t, "one")
		j := rapid.IntRange(i+1, len(records)-1).Draw(t, "other")
		records[i], records[j] = records[j], records[i]
		expect(t, export(t, int64(len(records)), records), Moved, int64(i)+1, i+2)
	})
}

func TestATrustedHeadFindsWhatAgreesWithItself(t *testing.T) {
	records := trail(t, 5)
	noted := []Head{{2, records[1].GetDigest()}, headOf(records)}

	// Cut, with a header that says so.
	expect(t, export(t, 3, records[:3]), Truncated, 4, 5, noted...)
	if report, err := Verify(export(t, 3, records[:3])); err != nil || report.Problem != nil {
		t.Errorf("without a head nobody can know: %v, %v", report.Problem, err)
	}
	// Computed anew from the third on.
	records[2].Reason = "changed"
	seal(t, records)
	expect(t, export(t, 5, records), Rewritten, 5, 6, noted...)
	// The records after a head are no business of it.
	longer := trail(t, 7)
	if report, err := Verify(export(t, 7, longer), noted...); err != nil || report.Problem != nil || report.Head.Sequence != 7 {
		t.Errorf("%v, %v", report.Problem, err)
	}
	expect(t, export(t, 0, nil), Truncated, 1, 2, noted...)
}

func TestWhatIsNoTrailIsUnreadable(t *testing.T) {
	records := trail(t, 2)
	whole := export(t, 2, records).String()
	lines := strings.SplitAfter(whole, "\n")
	for name, test := range map[string]struct {
		file     string
		sequence int64
		line     int
	}{
		"empty":            {"", 0, 1},
		"no header":        {lines[1] + lines[2], 0, 1},
		"two headers":      {strings.TrimSpace(lines[0]) + whole, 0, 1},
		"cut line":         {lines[0] + lines[1] + lines[2][:40], 2, 3},
		"empty line":       {lines[0] + "\n" + lines[1] + lines[2], 1, 2},
		"unknown field":    {lines[0] + `{"extra":1,` + lines[1][1:] + lines[2], 1, 2},
		"two on a line":    {lines[0] + strings.TrimSpace(lines[1]) + lines[2], 1, 2},
		"too long to read": {lines[0] + `{"id":"` + strings.Repeat("x", 2*longestLine) + `"}` + "\n", 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, bytes.NewBufferString(test.file), Unreadable, test.sequence, test.line)
		})
	}
	failure := errors.New("disk")
	if _, err := Verify(broken{failure}); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}

type broken struct{ error }

func (b broken) Read([]byte) (int, error) { return 0, b.error }

func TestAHeadIsReadAsItIsWritten(t *testing.T) {
	head := headOf(trail(t, 3))
	if got, err := ParseHead(head.String()); err != nil || got.String() != head.String() {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", "3", "3:", "3:zz", "0:" + strings.Repeat("00", 32), "-1:" + strings.Repeat("00", 32), "3:00"} {
		if _, err := ParseHead(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// Whatever the file, the verifier ends, and vouches only for what it computed.
func FuzzVerify(f *testing.F) {
	records := trail(f, 3)
	whole := export(f, 3, records).Bytes()
	f.Add(whole)
	f.Add(bytes.Replace(whole, []byte(`"u"`), []byte(`"v"`), 1))
	f.Add([]byte("{}\n{}\n"))
	f.Add(whole[:len(whole)/2])
	f.Fuzz(func(t *testing.T, file []byte) {
		report, err := Verify(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if report.Problem == nil && report.Head.Sequence != report.Header.HeadSequence {
			t.Fatalf("in order up to %d of %d", report.Head.Sequence, report.Header.HeadSequence)
		}
		if report.Problem != nil && report.Problem.Line < 1 {
			t.Fatalf("%+v", report.Problem)
		}
	})
}
