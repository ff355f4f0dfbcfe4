package domain_test

import (
	"slices"
	"testing"

	"baoxue.internal/services/ledger/internal/domain"
)

func TestSuggestions(t *testing.T) {
	g := domain.NewGazetteer([]domain.County{
		{Code: "330102", Name: "上城区", City: "杭州市"},
		{Code: "330106", Name: "西湖区", City: "杭州市"},
		{Code: "330205", Name: "江北区", City: "宁波市"},
		{Code: "330402", Name: "南湖区", City: "嘉兴市"},
	})
	for name, c := range map[string]struct {
		row        domain.Row
		fromNumber []string
		want       []domain.Suggestion
	}{
		"the notice's rows": {
			domain.Row{IDNumber: "330102199801011234", HouseholdPlace: "浙江省杭州市", HomeAddress: "浙江省杭州市西湖区文三路123号"},
			[]string{"330102"},
			[]domain.Suggestion{{CountyCode: "330106", Reason: "HOME_ADDRESS"}, {CountyCode: "330102", Reason: "ID_NUMBER_PREFIX"}},
		},
		"both say the same": {
			domain.Row{HomeAddress: "杭州市西湖区文三路"}, []string{"330106"}, []domain.Suggestion{{CountyCode: "330106", Reason: "HOME_ADDRESS"}},
		},
		"only the household's place": {
			domain.Row{HouseholdPlace: "杭州市 上城区", HomeAddress: "文三路"}, nil, []domain.Suggestion{{CountyCode: "330102", Reason: "HOME_ADDRESS"}},
		},
		"a road called like a county": {
			domain.Row{HomeAddress: "杭州市西湖区江北区路1号"}, nil, []domain.Suggestion{{CountyCode: "330106", Reason: "HOME_ADDRESS"}},
		},
		"a number that leads to several": {
			domain.Row{},
			[]string{"330102", "330106"},
			[]domain.Suggestion{{CountyCode: "330102", Reason: "ID_NUMBER_PREFIX"}, {CountyCode: "330106", Reason: "ID_NUMBER_PREFIX"}},
		},
		"a county of another province": {domain.Row{HomeAddress: "上海市黄浦区"}, []string{"310101"}, nil},
		"one of a county's name":       {domain.Row{HomeAddress: "江西省南昌市西湖区"}, nil, nil},
		"nothing":                      {domain.Row{}, nil, nil},
	} {
		if got := g.Suggest(&c.row, domain.Origin{Counties: c.fromNumber}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestANumberGivenOutElsewhere(t *testing.T) {
	g := domain.NewGazetteer([]domain.County{
		{Code: "330102", Name: "上城区", City: "杭州市"},
		{Code: "330106", Name: "西湖区", City: "杭州市"},
		{Code: "330110", Name: "余杭区", City: "杭州市"},
		{Code: "330113", Name: "临平区", City: "杭州市", Since: "2021-04"},
		{Code: "330402", Name: "南湖区", City: "嘉兴市"},
	})
	const number = "330102201003071234"
	for name, c := range map[string]struct {
		number, address, household string
		origin                     domain.Origin
		flagged                    bool
	}{
		"the notice's rows":               {number, "浙江省杭州市西湖区文三路123号", "浙江省杭州市", domain.Origin{Counties: []string{"330102"}}, true},
		"the same county":                 {number, "浙江省杭州市上城区", "", domain.Origin{Counties: []string{"330102"}}, false},
		"lives elsewhere, registered":     {number, "浙江省杭州市西湖区", "杭州市上城区", domain.Origin{Counties: []string{"330102"}}, false},
		"only the household's place":      {number, "文三路", "杭州市西湖区", domain.Origin{Counties: []string{"330102"}}, true},
		"one of the county's parts":       {number, "杭州市西湖区", "", domain.Origin{Counties: []string{"330102", "330106"}}, false},
		"another province's number":       {number, "杭州市西湖区", "", domain.Origin{Abroad: true}, true},
		"another province's address":      {number, "江西省南昌市西湖区", "", domain.Origin{Counties: []string{"330102"}}, false},
		"a code that leads nowhere":       {number, "杭州市西湖区", "", domain.Origin{}, false},
		"no county named":                 {number, "浙江省杭州市", "浙江省", domain.Origin{Counties: []string{"330102"}}, false},
		"a county younger than the child": {number, "杭州市临平区", "", domain.Origin{Counties: []string{"330110"}}, false},
		"a child younger than the county": {"330110202203071234", "杭州市临平区", "", domain.Origin{Counties: []string{"330110"}}, true},
		"younger, and of another city":    {number, "杭州市临平区", "", domain.Origin{Counties: []string{"330402"}}, true},
	} {
		row, _ := domain.ReadRow(header(t, "姓名", "证件号码", "家庭住址", "户籍地"), []string{"某", c.number, c.address, c.household})
		g.JudgeOrigin(&row, c.origin)
		if got := slices.Contains(row.Flags, domain.FlagIDRegionMismatch); got != c.flagged {
			t.Errorf("%s: flagged %v, want %v", name, got, c.flagged)
		}
	}
}
