package domain_test

import (
	"slices"
	"testing"

	"baoxue.internal/services/ledger/internal/domain"
)

func TestSuggestions(t *testing.T) {
	g := domain.NewGazetteer([]domain.County{
		{"330102", "上城区", "杭州市"}, {"330106", "西湖区", "杭州市"}, {"330205", "江北区", "宁波市"}, {"330402", "南湖区", "嘉兴市"},
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
		"nothing":                      {domain.Row{}, nil, nil},
	} {
		if got := g.Suggest(&c.row, c.fromNumber); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
