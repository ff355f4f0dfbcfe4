package domain

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"baoxue.internal/pkg/fault"
)

// IssueState is where a bulletin stands.
type IssueState string

// The states: a draft is edited, a signed one only issued (or drafted again), an issued one final.
const (
	Draft  IssueState = "DRAFT"
	Signed IssueState = "SIGNED"
	Issued IssueState = "ISSUED"
)

// Issue is one version of a month's bulletin.
type Issue struct {
	Month   Month
	Version int
	State   IssueState
	// Snapshot is the number of the closed figures that it tells of.
	Snapshot int64
	// Text is the body, as CheckText takes it.
	Text string
	// Requirements of the next stage (下阶段工作要求), a paragraph each.
	Requirements []string
	// ChangeNote says what a version changes of the one before, and why.
	ChangeNote string
	Drafter    string
	Signer     string
	Issuer     string
	IssuedAt   time.Time
	// Year and Number of the issue; zero until then.
	Year, Number int
	// Page, Document (.docx) and Workbook (.xlsx) as they went out, and their SHA-256; empty until then,
	// and the workbook of those from before it was kept.
	Page, Document, Workbook               []byte
	Digest, DocumentDigest, WorkbookDigest string
}

// Label is the number of the document, e.g. 〔2019〕3 号.
func (i Issue) Label() string {
	if i.State != Issued {
		return ""
	}
	return fmt.Sprintf("〔%d〕%d 号", i.Year, i.Number)
}

// StandardRequirements are what a first bulletin demands, for whoever drafts it to edit.
var StandardRequirements = []string{
	"核查率未达 100% 的县（市、区）要逐人核实，尽快完成填报；未确认完成的要继续查找，不得以 99 代替核查。",
	"对需要劝返的学生要落实责任人，做好劝返记录；返校后及时新建学籍或更改学籍状态，符合条件的予以销号。",
	"各市要加强督促和抽查，对 B 类结果严格把关，对真实性负责。",
}

const (
	mostRequirements = 20
	longestParagraph = 1000
)

// CheckDraft reports all that is wrong with a draft; what of a version after the first is changed
// has to be said.
func CheckDraft(version int, text string, requirements []string, changeNote string) error {
	violations := CheckText(text)
	add := func(field, message string) {
		violations = append(violations, fault.Violation{Field: field, Reason: "INVALID_REQUEST", Message: message})
	}
	switch {
	case len(requirements) == 0:
		add("requirements", "请填写下阶段工作要求")
	case len(requirements) > mostRequirements:
		add("requirements", fmt.Sprintf("下阶段工作要求最多 %d 段", mostRequirements))
	}
	for i, paragraph := range requirements {
		if fault.Unsaid(paragraph) || utf8.RuneCountInString(strings.TrimSpace(paragraph)) > longestParagraph {
			add("requirements", fmt.Sprintf("第 %d 段应有文字，最多 %d 字", i+1, longestParagraph))
		}
	}
	switch note := strings.TrimSpace(changeNote); {
	case version > 1 && fault.Unsaid(note):
		add("change_note", "重新印发的通报须说明修改内容和原因")
	case utf8.RuneCountInString(note) > longestParagraph:
		add("change_note", "修改说明过长")
	}
	return fault.FromViolations("INVALID_REQUEST", "通报填写有误，请按提示修改", violations)
}
