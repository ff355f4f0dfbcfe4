package domain

import (
	"strings"
	"time"
	"unicode/utf8"

	"baoxue.internal/pkg/fault"
)

// Zhejiang's prefix in GB/T 2260.
const provincePrefix = "33"

// Longest texts, in characters.
const (
	maxShort = 100
	maxLong  = 2000
)

// Check applies every rule of DOMAIN §3 and reports all violations at once, each
// with the path of its field. regionKnown says whether form.SchoolRegion is a
// region, of whatever time. today is a day in Asia/Shanghai.
// base is the revision that the form was opened on.
func (f Form) Check(e Entry, standard Standard, regionKnown bool, base int64, today time.Time) error {
	c := checker{form: f, prefix: prefixes[f.Action]}
	c.lengths()
	c.code(standard)
	day, dayOK := c.witness(e, today)
	if f.Action == Enrolled {
		c.school(e, regionKnown)
	}
	c.explanation(e, day, dayOK)
	c.correction(base)
	return fault.FromViolations("FINDING_INVALID", "填写内容有误，请按提示修改后保存", c.violations)
}

// prefixes are the forms' names in the request.
var prefixes = map[Action]string{Enrolled: "enrolled.", Dropout: "dropout.", Unconfirmed: "unconfirmed."}

type checker struct {
	form       Form
	prefix     string
	violations []fault.Violation
}

func (c *checker) violate(field, reason, message string) {
	c.violations = append(c.violations, fault.Violation{Field: c.prefix + field, Reason: reason, Message: message})
}

func (c *checker) require(field, value, message string) {
	if fault.Unsaid(value) {
		c.violate(field, "REQUIRED", message)
	}
}

// correction checks 更正: of a finding that there is, and with a reason.
func (c *checker) correction(base int64) {
	given := c.form.Correction
	if given == (Correction{}) {
		return
	}
	// The correction is beside the form, not in it.
	c.prefix = ""
	c.require("correction.reason", given.Reason, "更正须写明原因（如填错编码、学校名称有误）")
	if utf8.RuneCountInString(given.Reason) > maxLong {
		c.violate("correction.reason", "TOO_LONG", "更正原因过长，请精简")
	}
	if given.Revision < 1 || given.Revision > base {
		c.violate("correction.revision", "CORRECTION_INVALID", "要更正的核查结果不存在，请刷新后重新选择")
	}
}

func (c *checker) lengths() {
	f := c.form
	for _, t := range []struct {
		field, name, value string
		most               int
	}{
		{"witness", "证明人", f.Witness, maxShort},
		{"school", "就读学校", f.School, maxShort},
		{"national_student_number", "全国学籍号", f.NationalStudentNumber, maxShort},
		{"parent_contact", "父母联系方式", f.ParentContact, maxShort},
		{"explanation", "处理说明", f.Explanation, maxLong},
		{"current_situation", "目前状况", f.CurrentSituation, maxLong},
		{"family_situation", "家庭情况", f.FamilySituation, maxLong},
	} {
		if utf8.RuneCountInString(t.value) > t.most {
			c.violate(t.field, "TOO_LONG", t.name+"过长，请精简")
		}
	}
}

func (c *checker) code(standard Standard) {
	code, known := standard[c.form.Code]
	switch {
	case c.form.Code == "":
		c.violate("code", "REQUIRED", "请选择核查结果")
	case !known:
		c.violate("code", "CODE_UNKNOWN", "核查结果“"+c.form.Code+"”不在分类标准中")
	case code.Action != c.form.Action:
		c.violate("code", "CODE_NOT_ALLOWED_FOR_ACTION", code.Code+" "+code.Name+"不能在此处填报，请使用对应的按钮")
	}
}

// witness checks 证明人 and 证明日期 and returns the date.
func (c *checker) witness(e Entry, today time.Time) (day time.Time, ok bool) {
	c.require("witness", c.form.Witness, "请填写证明人；教育局本人调查的，可填写本人姓名")
	if c.form.WitnessDate == "" {
		c.violate("witness_date", "REQUIRED", "请填写证明日期")
		return day, false
	}
	day, err := time.ParseInLocation(time.DateOnly, c.form.WitnessDate, Shanghai)
	switch {
	case err != nil:
		c.violate("witness_date", "DATE_INVALID", "证明日期应为 2019-07-17 这样的日期")
		return day, false
	case day.After(today):
		c.violate("witness_date", "DATE_IN_FUTURE", "证明日期不能晚于今天")
	case !e.BirthDate.IsZero() && day.Before(e.BirthDate):
		c.violate("witness_date", "DATE_BEFORE_BIRTH", "证明日期不能早于学生的出生日期")
	}
	return day, true
}

func (c *checker) school(e Entry, regionKnown bool) {
	f := c.form
	c.require("school", f.School, "请填写就读学校")
	inProvince := strings.HasPrefix(f.SchoolRegion, provincePrefix)
	switch {
	case f.SchoolRegion == "":
		c.violate("school_region", "REQUIRED", "请选择就读省县")
	case !regionKnown:
		c.violate("school_region", "SCHOOL_REGION_UNKNOWN", "就读省县“"+f.SchoolRegion+"”不是有效的区划代码")
	case f.Code == "B3" && !inProvince:
		c.violate("school_region", "SCHOOL_REGION_OUTSIDE_PROVINCE", "B3 为省内就读，就读省县应在浙江省内；省外就读请选择 B4")
	case f.Code == "B4" && inProvince:
		c.violate("school_region", "SCHOOL_REGION_IN_PROVINCE", "B4 为省外就读，就读省县不能是浙江省；省内就读请选择 B3")
	}
	if f.Code == "B2" && !e.HasStudentNumber && fault.Unsaid(f.NationalStudentNumber) {
		c.violate("national_student_number", "STUDENT_NUMBER_REQUIRED", "B2 为在校有学籍，台账中没有学籍号，请填写全国学籍号")
	}
}

func (c *checker) explanation(e Entry, day time.Time, dayOK bool) {
	f := c.form
	given := !fault.Unsaid(f.Explanation)
	need := func(message string) {
		if !given {
			c.violate("explanation", "EXPLANATION_REQUIRED", message)
		}
	}
	switch f.Code {
	case "A8":
		c.require("current_situation", f.CurrentSituation, "A8 须填写该生目前状况")
		c.require("family_situation", f.FamilySituation, "A8 须填写家庭情况")
		c.require("parent_contact", f.ParentContact, "A8 须填写父母联系方式")
	case "B1":
		need("B1 须在处理说明中写明户籍情况（查无此人、户籍重复、死亡、迁出注销等）")
	case "B4":
		need("跨省就读须在处理说明中写明详细情况")
	case "B2", "B8":
		if f.SchoolRegion != "" && !strings.HasPrefix(f.SchoolRegion, provincePrefix) {
			need("跨省就读须在处理说明中写明详细情况")
		}
	case "B5":
		if !given && (!dayOK || !younger(e.BirthDate, day, 6)) {
			c.violate("explanation", "AGE_NEEDS_EXPLANATION", "证明日期时已满 6 周岁（或出生日期不明），须在处理说明中写明延缓入学的原因（如仍在幼儿园、身体原因）")
		}
	case "B6":
		if (!dayOK || e.BirthDate.IsZero() || younger(e.BirthDate, day, 16)) && !graduatedSomewhere(f.Explanation) {
			c.violate("explanation", "AGE_NEEDS_EXPLANATION", "证明日期时未满 16 周岁（或出生日期不明），须在处理说明中写明“已毕业”及毕业学校")
		}
	case "B7":
		need("B7 须在处理说明中写明病情或残疾情况")
	case "B9":
		if !affirms(f.Explanation, policeWords...) {
			c.violate("explanation", "POLICE_CONFIRMATION_REQUIRED", "B9 由公安部门界定，须在处理说明中写明公安机关的确认情况")
		}
	case "B10":
		need("B10 须在处理说明中写明出国去向")
	case "99":
		need("请在处理说明中写明已尝试的核查方式")
	}
}

// younger reports whether the child is under an age, in full years, on a day. It
// is false when the birth date is unknown.
func younger(birth, day time.Time, years int) bool {
	return !birth.IsZero() && day.Before(birth.AddDate(years, 0, 0))
}
