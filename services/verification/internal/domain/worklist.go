package domain

import (
	"strconv"
	"strings"
	"time"

	"baoxue.internal/pkg/fault"
)

// MostWorklistRows is how many children a worklist has at most.
const MostWorklistRows = 5000

// ErrWorklistTooLong refuses a selection that is no day's work.
var ErrWorklistTooLong = fault.Newf(fault.Invalid, "WORKLIST_TOO_LONG", "清单超过 %d 行，请缩小筛选范围后分别导出", MostWorklistRows)

// ShownColumns are the heads of what a worklist tells of a child: the notice's (§四, step
// one), in its order.
var ShownColumns = []string{
	"序号", "姓名", "出生日期", "证件号码", "户籍地", "家庭住址", "是否在读", "全国学籍号", "省内学校名称", "省内学籍号", "省内学生状态", "处理",
}

// FilledColumn is a column that the clerk fills in.
type FilledColumn struct {
	Head string
	// Field is the form's name of it.
	Field string
}

// FilledColumns are the form's fields, in the order of the form.
var FilledColumns = []FilledColumn{
	{"核查类别", "action"},
	{"核查结果", "code"},
	{"就读省县", "school_region"},
	{"就读学校", "school"},
	{"核实学籍号", "national_student_number"},
	{"证明人", "witness"},
	{"证明日期", "witness_date"},
	{"处理说明", "explanation"},
	{"目前状况", "current_situation"},
	{"家庭情况", "family_situation"},
	{"父母联系方式", "parent_contact"},
}

// WorklistRow is a child's row of a worklist.
type WorklistRow struct {
	// Number in the sheet, from 1.
	Number       int
	EntryID      string
	BaseRevision int64
	// Mark proves that the worklist was given out with this entry and revision.
	Mark string
	// Shown and Filled are in the order of their columns.
	Shown, Filled []string
}

// Blank reports whether nothing was filled in.
func (r WorklistRow) Blank() bool {
	for _, text := range r.Filled {
		if strings.TrimSpace(text) != "" {
			return false
		}
	}
	return true
}

// Worklist is a workbook of entries that findings are filled in to.
type Worklist struct {
	ID   string
	Rows []WorklistRow
}

// ActionNames are the three buttons' (notice §四).
var ActionNames = map[Action]string{Enrolled: "实际就读", Dropout: "辍学处理", Unconfirmed: "未确认完成"}

// unused are the fields that an action's form does not have.
var unused = map[Action][]string{
	Enrolled:    {"current_situation", "family_situation", "parent_contact"},
	Dropout:     {"school_region", "school", "national_student_number"},
	Unconfirmed: {"school_region", "school", "national_student_number", "current_situation", "family_situation", "parent_contact"},
}

// Form reads what was filled in. What the action's form has no field for is a violation:
// nothing that was typed is dropped in silence.
func (r WorklistRow) Form(standard Standard) (Form, []fault.Violation) {
	text := map[string]string{}
	for i, c := range FilledColumns {
		if i < len(r.Filled) {
			text[c.Field] = strings.TrimSpace(r.Filled[i])
		}
	}
	f := Form{
		Code: strings.ToUpper(firstWord(text["code"])), SchoolRegion: firstWord(text["school_region"]), School: text["school"],
		Witness: text["witness"], WitnessDate: cellDate(text["witness_date"]), Explanation: text["explanation"],
		CurrentSituation: text["current_situation"], FamilySituation: text["family_situation"], ParentContact: text["parent_contact"],
		NationalStudentNumber: text["national_student_number"],
	}
	var violations []fault.Violation
	violate := func(field, reason, message string) {
		violations = append(violations, fault.Violation{Field: field, Reason: reason, Message: message})
	}
	for action, name := range ActionNames {
		if name == text["action"] {
			f.Action = action
		}
	}
	// A code belongs to one button alone.
	if text["action"] == "" {
		f.Action = standard[f.Code].Action
	}
	if f.Action == 0 {
		violate("action", "REQUIRED", "请在“核查类别”中选择“实际就读”“辍学处理”或“未确认完成”")
		return f, violations
	}
	if f.Action == Unconfirmed && f.Code == "" {
		f.Code = unconfirmedCode
	}
	for _, field := range unused[f.Action] {
		if text[field] != "" {
			violate(field, "FIELD_NOT_USED", "“"+ActionNames[f.Action]+"”不填写“"+HeadOf(field)+"”，请清空该单元格或更改核查类别")
		}
	}
	return f, violations
}

// HeadOf is the column of a form's field, whose path may begin with the action's; "" when
// it has none.
func HeadOf(field string) string {
	for _, prefix := range prefixes {
		field = strings.TrimPrefix(field, prefix)
	}
	for _, c := range FilledColumns {
		if c.Field == field {
			return c.Head
		}
	}
	return ""
}

// firstWord is the code of a choice such as "B2 在校有学籍".
func firstWord(text string) string {
	words := strings.Fields(text)
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

var dateLayouts = []string{time.DateOnly, "2006/1/2", "2006-1-2", "2006.1.2", "2006年1月2日", "20060102"}

// Days as programs for sheets count them: 1 is 1900-01-01, and there was a 29th of
// February 1900. The first and last that can be meant are of the years 1955 and 2119.
const (
	firstSerial = 20_000
	lastSerial  = 80_000
)

// cellDate is a day as the form wants it; what is no date stays as it was typed.
func cellDate(text string) string {
	for _, layout := range dateLayouts {
		if day, err := time.Parse(layout, text); err == nil {
			return day.Format(time.DateOnly)
		}
	}
	if days, err := strconv.Atoi(text); err == nil && days >= firstSerial && days <= lastSerial {
		return time.Date(1899, 12, 30+days, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	return text
}
