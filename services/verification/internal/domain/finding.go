package domain

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"baoxue.internal/pkg/fault"
)

// Form is what the clerk filled in, as given.
type Form struct {
	Action                Action
	Code                  string
	SchoolRegion          string
	School                string
	Witness               string
	WitnessDate           string
	Explanation           string
	CurrentSituation      string
	FamilySituation       string
	ParentContact         string
	NationalStudentNumber string
	Correction            Correction
}

// Correction says that a finding corrects (更正) an earlier one; the zero value that it
// does not.
type Correction struct {
	Revision int64
	Reason   string
}

// Digest is the same for the same content about the same entry and revision: it
// tells a retry from another request under its id.
func (f Form) Digest(entryID string, baseRevision int64) [32]byte {
	h := sha256.New()
	parts := []string{
		entryID, fmt.Sprint(baseRevision), fmt.Sprint(f.Action), f.Code, f.SchoolRegion, f.School, f.Witness, f.WitnessDate,
		f.Explanation, f.CurrentSituation, f.FamilySituation, f.ParentContact, f.NationalStudentNumber,
	}
	if f.Correction != (Correction{}) {
		parts = append(parts, fmt.Sprint(f.Correction.Revision), f.Correction.Reason)
	}
	for _, part := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return [32]byte(h.Sum(nil))
}

// Finding is one revision of an entry's outcome.
type Finding struct {
	Form
	ID         string
	EntryID    string
	Revision   int64
	CountyCode string
	AuthorID   string
	Author     string
	At         time.Time
	// StandardFrom is the version of the standard that the finding was made by, CodeName
	// the code's name in it.
	StandardFrom time.Time
	CodeName     string
}

// Entry is what the rules need to know of the child.
type Entry struct {
	ID string
	// CountyCode is empty for the province's own queue.
	CountyCode string
	// BirthDate is zero when the ledger has none that can be read.
	BirthDate time.Time
	// HasStudentNumber: the ledger's row carries a student-record number.
	HasStudentNumber bool
}

// Author is who saves a finding.
type Author struct {
	ID, Name string
	// Province: a user of the province; else of a county.
	Province bool
	// Address and CallID are for the trail: where the call came from, and its id.
	Address, CallID string
}

// MayHandle refuses a province user's finding on an entry that a county handles
// (DOMAIN §1: the province records findings for its own queue only). A county's
// scope is already checked where the entry is read.
func (a Author) MayHandle(e Entry) error {
	if a.Province && e.CountyCode != "" {
		return fault.New(fault.Denied, "PERMISSION_DENIED", "该记录由县（市、区）处理，省级只填报省本级的记录")
	}
	return nil
}

// ErrEntryNotFound is the ledger's own answer for an entry that is missing and for one
// that belongs to somebody else.
var ErrEntryNotFound = fault.New(fault.NotFound, "NOT_FOUND", "没有找到这条记录，或它不在您的管辖范围内")

// ErrNoFindingYet refuses a finding that follows one that never was.
var ErrNoFindingYet = fault.New(fault.Conflict, "REVISION_CONFLICT", "该记录尚无核查结果，请刷新后重新填写")

// ConflictWith is Conflict, and tells the clerk which fields are not as they filled them
// in. It repeats no text of either.
func ConflictWith(newest Finding, mine Form) error {
	fields, names := differences(newest.Form, mine)
	conflict := Conflict(newest).With("differs", strings.Join(fields, ","))
	if len(names) > 0 {
		conflict.Message += "（与您填写不同的栏目：" + strings.Join(names, "、") + "）"
	}
	return conflict
}

// Conflict tells the second of two clerks who changed the entry and to what.
func Conflict(newest Finding) *fault.Error {
	return fault.Newf(fault.Conflict, "REVISION_CONFLICT", "%s 已于 %s 将该记录更新为 %s %s，请核对后重新保存",
		newest.Author, newest.At.In(Shanghai).Format("2006-01-02 15:04"), newest.Code, newest.CodeName).
		With("revision", fmt.Sprint(newest.Revision)).With("code", newest.Code).With("author", newest.Author).
		With("time", newest.At.UTC().Format(time.RFC3339Nano))
}

// differences are the fields in which two forms are not alike, and what the clerk's form
// calls them.
func differences(a, b Form) (fields, names []string) {
	for _, f := range []struct{ field, name, a, b string }{
		{"code", "核查结果", a.Code, b.Code},
		{"school_region", "就读省县", a.SchoolRegion, b.SchoolRegion},
		{"school", "就读学校", a.School, b.School},
		{"witness", "证明人", a.Witness, b.Witness},
		{"witness_date", "证明日期", a.WitnessDate, b.WitnessDate},
		{"explanation", "处理说明", a.Explanation, b.Explanation},
		{"current_situation", "目前状况", a.CurrentSituation, b.CurrentSituation},
		{"family_situation", "家庭情况", a.FamilySituation, b.FamilySituation},
		{"parent_contact", "父母联系方式", a.ParentContact, b.ParentContact},
		{"national_student_number", "全国学籍号", a.NationalStudentNumber, b.NationalStudentNumber},
	} {
		if f.a != f.b {
			fields, names = append(fields, f.field), append(names, f.name)
		}
	}
	return fields, names
}

// Shanghai is the time zone of all days and months.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)
