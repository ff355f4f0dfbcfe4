package systemtest

import (
	"testing"
)

// The figures of July 2019 stand under the counties of July 2019, and those of this month under
// today's: in 2021 下城区 and 江干区 ceased to be, and 临平区 and 钱塘区 came.
func TestOldFiguresStandUnderOldCounties(t *testing.T) {
	s := oneProcess(t)
	province := s.overREST(t, "zhejiang").(overREST)
	this := thisMonth()
	old, today := []string{"330103 下城区", "330104 江干区", "330110 余杭区"}, []string{"330110 余杭区", "330113 临平区", "330114 钱塘区"}
	for month, want := range map[string]struct{ there, missing []string }{
		"2019-07": {old, []string{"330113 临平区", "330114 钱塘区"}},
		this:      {today, []string{"330103 下城区", "330104 江干区"}},
	} {
		closed, err := province.closeMonth(month)
		if err != nil {
			t.Fatal(err)
		}
		counties := map[string]int32{}
		for _, r := range province.month(month).GetRows() {
			if r.GetAllSources() {
				counties[r.GetRegionCode()+" "+r.GetRegionName()] = r.GetTotal()
			}
		}
		for _, county := range want.there {
			if _, ok := counties[county]; !ok {
				t.Errorf("%s lacks %s", month, county)
			}
		}
		for _, county := range want.missing {
			if _, ok := counties[county]; ok {
				t.Errorf("%s has %s", month, county)
			}
		}
		// What is registered today was not there in July 2019.
		if total := closed.GetTotal().GetTotal(); (total == 0) != (month != this) {
			t.Errorf("%s counts %d children", month, total)
		}
	}
}
