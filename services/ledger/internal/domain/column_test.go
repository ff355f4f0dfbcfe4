package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"baoxue.internal/services/ledger/internal/domain"
)

func TestEveryColumnOfTheLedgerIsRead(t *testing.T) {
	got := read(t, []string{
		"序号", "姓名", "出生日期", "证件号码", "户籍地", "家庭住址", "是否在读", "全国学籍号", "省内学校名称", "省内学籍号",
		"省内学生状态", "处理", "区划代码", "数据类别", "监护人", "联系电话",
	}, []string{
		"7", "王 明", "2010/1/1", "330102201001010071", "浙江省 杭州市", "文三路１２３号", "否", "G330102", "文三路小学", "S1",
		"疑似辍学", "待本级处理", "３３０１０６", "1", "王父", "13800000000",
	})
	want := domain.Row{
		SerialNumber: "7", PersonName: "王明", BirthDate: "2010-01-01", IDNumber: "330102201001010071",
		HouseholdPlace: "浙江省 杭州市", HomeAddress: "文三路123号", InSchool: "否", NationalStudentNumber: "G330102",
		ProvincialSchool: "文三路小学", ProvincialStudentNumber: "S1", ProvincialStudentStatus: "疑似辍学",
		RegionCode: "330106", Source: domain.SourceNationalSuspected, Guardian: "王父", Phone: "13800000000",
		Extra: map[string]string{"处理": "待本级处理"},
	}
	if diff := cmp.Diff(want, got, unexported); diff != "" {
		t.Error(diff)
	}
}

// Unknown columns come back in the export (DOMAIN §2), all of them, each time alike.
func TestNoColumnIsLostToAnotherOfItsName(t *testing.T) {
	heads := []string{"姓名", "证件号码", "备注", "", "姓名", "备注", "备注 (2)", "空", "第4列", "姓名"}
	cells := []string{"王明", "330102201001010071", "甲", "乙", "王小明", "丙", "丁", "", "戊", "己", "庚"}
	want := map[string]string{"备注": "甲", "第4列*": "乙", "姓名": "王小明", "备注 (2)": "丙", "备注 (2) (2)": "丁", "第4列": "戊", "姓名 (2)": "己", "第11列": "庚"}
	// Again and again: the order of a map must not show.
	for range 20 {
		if diff := cmp.Diff(want, read(t, heads, cells).Extra); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestARowShorterThanItsHeaderHasEmptyCells(t *testing.T) {
	row := read(t, noticeHeads, []string{"1", "王明"})
	if row.PersonName != "王明" || row.IDNumber != "" || row.HomeAddress != "" {
		t.Errorf("got %+v", row)
	}
}
