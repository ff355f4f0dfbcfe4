package workbook_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/workbook"
)

var dangerous = app.EntryLine{
	SerialNumber: "=1+1", PersonName: "@SUM(A1)", IDNumber: "330102200801021234", HomeAddress: "甲\n乙 <&>", Guardian: "-2+3",
	Phone: "13800000000", Extra: map[string]string{"备注": "b", "班级": "=cmd|' /C calc'!A0"}, Status: "PENDING", Source: "SOURCE_NATIONAL_SUSPECTED",
	CountyCode: "330106", Flags: []string{"ID_CHECKSUM", "NEWER_THAN_THE_WORDS"}, Tags: everyTag(), LegalStep: "行政处罚",
}

// everyTag has the names of all special groups, in the order of the contract.
func everyTag() (names []string) {
	for _, number := range slices.Sorted(maps.Keys(verificationv1.Tag_name)) {
		if number != 0 {
			names = append(names, verificationv1.Tag_name[number])
		}
	}
	return names
}

func filled(t *testing.T, start func(io.Writer, domain.Layout, app.Words) (app.Sheet, error), layout domain.Layout) []byte {
	t.Helper()
	var out bytes.Buffer
	sheet, err := start(&out, layout, app.Words{
		Flags: map[string]string{"ID_CHECKSUM": "身份证校验位错误"}, Regions: map[string]string{"330106": "浙江省杭州市西湖区", "110101": "北京市市辖区东城区"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sheet.Add(dangerous, app.FindingLine{SchoolRegion: "110101", Explanation: "+86 电话", CurrentSituation: "＝1＋1", FamilySituation: "＠SUM(A1)"}); err != nil {
		t.Fatal(err)
	}
	if err := sheet.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Nothing that a family or a school wrote becomes a formula, and no number loses its digits.
func TestAnExportedCellIsNoFormula(t *testing.T) {
	book, err := excelize.OpenReader(bytes.NewReader(filled(t, workbook.NewEntries, domain.WorkLayout)))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows(book.GetSheetName(0))
	if err != nil || len(rows) != 2 {
		t.Fatalf("%q, %v", rows, err)
	}
	for i, head := range rows[0] {
		name, err := excelize.CoordinatesToCellName(i+1, 2)
		if err != nil {
			t.Fatal(err)
		}
		if formula, err := book.GetCellFormula(book.GetSheetName(0), name); err != nil || formula != "" {
			t.Errorf("%s is the formula %q, %v", head, formula, err)
		}
	}
	if rows[1][0] != "=1+1" || rows[1][3] != "330102200801021234" || rows[1][5] != "甲\n乙 <&>" {
		t.Errorf("%q", rows[1])
	}
	if err := book.Close(); err != nil {
		t.Error(err)
	}

	content := filled(t, workbook.NewEntriesCSV, domain.WorkLayout)
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\uFEFF")))).ReadAll()
	if err != nil || len(lines) != 2 {
		t.Fatalf("%q, %v", lines, err)
	}
	for i, cell := range lines[1] {
		if first, _ := utf8.DecodeRuneInString(cell); cell != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", first) {
			t.Errorf("%s begins like a formula: %q", lines[0][i], cell)
		}
	}
	if lines[1][3] != "'330102200801021234" {
		t.Errorf("Excel would round %q", lines[1][3])
	}
}

// The Ministry gets the ledger's own columns, and what was found in the last of the notice's.
func TestTheMinistrysLayoutIsTheLedgersOwn(t *testing.T) {
	content := filled(t, workbook.NewEntriesCSV, domain.MinistryLayout)
	head, _, _ := strings.Cut(strings.TrimPrefix(string(content), "\uFEFF"), "\r\n")
	if want := "序号,姓名,出生日期,证件号码,户籍地,家庭住址,是否在读,全国学籍号,省内学校名称,省内学籍号,省内学生状态,处理,区划代码,数据类别,监护人,联系电话"; head != want {
		t.Errorf("%s", head)
	}
}

// People read what other systems are told by codes.
func TestWhatPeopleReadIsInWords(t *testing.T) {
	content := filled(t, workbook.NewEntriesCSV, domain.WorkLayout)
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\uFEFF")))).ReadAll()
	if err != nil || len(lines) != 2 {
		t.Fatalf("%q, %v", lines, err)
	}
	for head, want := range map[string]string{
		"处理": "待处理", "数据类别": "全国学籍系统标记为疑似辍学和辍学的学生", "处理县区代码": "330106", "处理县区": "浙江省杭州市西湖区",
		"数据质量提示": "身份证校验位错误、NEWER_THAN_THE_WORDS", "就读省县": "110101 北京市市辖区东城区",
		"特殊群体": "残疾、留守、随迁、孤儿与事实无人抚养、建档立卡、困境儿童", "依法控辍措施": "行政处罚",
	} {
		if i := slices.Index(lines[0], head); i < 0 || lines[1][i] != want {
			t.Errorf("%s is not %s in %q", head, want, lines[1])
		}
	}
}
