package domain

import "slices"

// Flag is a quality flag: something odd in a row that never keeps the child out
// of the ledger (DOMAIN §2).
type Flag string

// The flags.
const (
	FlagIDMissing           Flag = "ID_MISSING"
	FlagIDFormat            Flag = "ID_FORMAT"
	FlagIDLostDigits        Flag = "ID_LOST_DIGITS"
	FlagIDOld15             Flag = "ID_OLD15"
	FlagIDChecksum          Flag = "ID_CHECKSUM"
	FlagIDRegionMismatch    Flag = "ID_REGION_MISMATCH"
	FlagBirthMissing        Flag = "BIRTH_MISSING"
	FlagBirthUnreadable     Flag = "BIRTH_UNREADABLE"
	FlagBirthMismatch       Flag = "BIRTH_MISMATCH"
	FlagNameMissing         Flag = "NAME_MISSING"
	FlagSourceUnknown       Flag = "SOURCE_UNKNOWN"
	FlagDuplicate           Flag = "DUPLICATE"
	FlagRegionMissing       Flag = "REGION_MISSING"
	FlagRegionSucceeded     Flag = "REGION_SUCCEEDED"
	FlagRegionAmbiguous     Flag = "REGION_AMBIGUOUS"
	FlagRegionNotACounty    Flag = "REGION_NOT_A_COUNTY"
	FlagRegionOtherProvince Flag = "REGION_OTHER_PROVINCE"
	FlagRegionUnknown       Flag = "REGION_UNKNOWN"
	// Rows that are no child's.
	FlagSum  Flag = "ROW_IS_SUM"
	FlagNote Flag = "ROW_IS_NOTE"
)

// FlagDefinition says what is odd, Chinese.
type FlagDefinition struct {
	Flag Flag
	Text string
}

// FlagDefinitions are all flags, in the order in which they are told.
var FlagDefinitions = []FlagDefinition{
	{FlagIDMissing, "证件号码缺失"},
	{FlagIDFormat, "证件号码格式不正确"},
	{FlagIDLostDigits, "证件号码按数字保存，末几位已丢失"},
	{FlagIDOld15, "证件号码为 15 位旧号"},
	{FlagIDChecksum, "身份证校验位错误"},
	{FlagIDRegionMismatch, "证件号码前六位与住址不符"},
	{FlagBirthMissing, "出生日期缺失"},
	{FlagBirthUnreadable, "出生日期无法识别"},
	{FlagBirthMismatch, "出生日期与证件号码不符"},
	{FlagNameMissing, "姓名缺失"},
	{FlagSourceUnknown, "数据类别无法识别"},
	{FlagDuplicate, "疑似重复"},
	{FlagRegionMissing, "区划代码缺失"},
	{FlagRegionSucceeded, "区划代码已撤销，已转至继任县区"},
	{FlagRegionAmbiguous, "区划代码已撤销，继任县区不唯一"},
	{FlagRegionNotACounty, "区划代码不是县级"},
	{FlagRegionOtherProvince, "区划代码属于外省"},
	{FlagRegionUnknown, "区划代码无效"},
	{FlagSum, "合计行，未作为学生导入"},
	{FlagNote, "表尾说明，未作为学生导入"},
}

// Text is the flag in words, Chinese.
func (f Flag) Text() string {
	if i := f.place(); i >= 0 {
		return FlagDefinitions[i].Text
	}
	return string(f)
}

// Known reports whether there is such a flag.
func (f Flag) Known() bool { return f.place() >= 0 }

func (f Flag) place() int {
	return slices.IndexFunc(FlagDefinitions, func(d FlagDefinition) bool { return d.Flag == f })
}
