package domain_test

import (
	"testing"

	"baoxue.internal/services/verification/internal/domain"
)

var signals = domain.SignalSettings{
	WitnessChildren: 30, ExplanationChildren: 10, BurstDays: 3, BurstShare: 0.5, BurstLeast: 10, FarDeviations: 2.5, FarLeast: 30,
}

func TestABurstIsManyAndMostOfTheMonth(t *testing.T) {
	for _, c := range []struct {
		name        string
		moved, late int
		want        bool
	}{
		{"most of many", 20, 10, true},
		{"most of few", 9, 9, false},
		{"less than half of many", 100, 49, false},
		{"none", 0, 0, false},
	} {
		got := signals.Bursts([]domain.Returns{{CountyCode: "330106", Moved: c.moved, Late: c.late}})
		if (len(got) == 1) != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestAShareIsFarFromThoseOfItsPeers(t *testing.T) {
	peers := []domain.Share{{"330102", 50, 100}, {"330105", 55, 100}, {"330108", 45, 100}, {"330109", 52, 100}}
	for _, c := range []struct {
		name  string
		share domain.Share
		want  bool
	}{
		{"alike", domain.Share{CountyCode: "330106", B: 54, Settled: 100}, false},
		{"far above", domain.Share{CountyCode: "330106", B: 95, Settled: 100}, true},
		{"far below", domain.Share{CountyCode: "330106", B: 5, Settled: 100}, true},
		{"too few to say", domain.Share{CountyCode: "330106", B: 29, Settled: 29}, false},
	} {
		far := map[string]bool{}
		for _, s := range signals.Far(append([]domain.Share{c.share}, peers...)) {
			far[s.CountyCode] = true
		}
		if far["330106"] != c.want || !c.want && len(far) > 0 {
			t.Errorf("%s: %v", c.name, far)
		}
	}
	if got := signals.Far(append(peers[:2:2], domain.Share{CountyCode: "330106", B: 100, Settled: 100})); got != nil {
		t.Errorf("too few peers, but %+v", got)
	}
}

func TestCopiedTextsAreAlike(t *testing.T) {
	if a, b := domain.Normalise("已走访，查无此人。"), domain.Normalise(" 已走访,查无此人 "); a != b || a == domain.Normalise("已走访两次，查无此人") {
		t.Errorf("%q, %q", a, b)
	}
}
