package domain

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
)

// SignalKind is the contract's number.
type SignalKind int16

// The signals of DOMAIN §3; docs/signals.md has their formulas.
const (
	OverageUnder16  SignalKind = 1
	SharedWitness   SignalKind = 2
	SameExplanation SignalKind = 3
	MonthEndBurst   SignalKind = 4
	BShareFar       SignalKind = 5
)

// Signal is something worth a look, with its evidence.
type Signal struct {
	Kind       SignalKind
	CountyCode string
	// Count is what was found, of Total; 0 where the formula has no total.
	Count, Total int
	// Measure was compared with Threshold.
	Measure, Threshold float64
	EntryIDs           []string
}

// SignalSettings are the thresholds of the signals.
type SignalSettings struct {
	// WitnessChildren and ExplanationChildren are how many children are very many.
	WitnessChildren     int `json:"witnessChildren"`
	ExplanationChildren int `json:"explanationChildren"`
	// BurstDays are the last days of a month, BurstShare the share of its A→B that is
	// too much in them, BurstLeast the fewest of them that count.
	BurstDays  int     `json:"burstDays"`
	BurstShare float64 `json:"burstShare"`
	BurstLeast int     `json:"burstLeast"`
	// FarDeviations is how many standard deviations from the peers' mean are far;
	// FarLeast the fewest settled entries of a county that has a share to speak of.
	FarDeviations float64 `json:"farDeviations"`
	FarLeast      int     `json:"farLeast"`
}

func (s SignalSettings) sound() bool {
	return min(s.WitnessChildren, s.ExplanationChildren) > 1 && min(s.BurstDays, s.BurstLeast, s.FarLeast) > 0 &&
		s.BurstShare > 0 && s.BurstShare <= 1 && s.FarDeviations > 0
}

// Returns are a county's A→B of a month, and those of its last days.
type Returns struct {
	CountyCode  string
	Moved, Late int
	EntryIDs    []string
}

// Bursts are the counties whose A→B pile up before the month's end.
func (s SignalSettings) Bursts(all []Returns) (signals []Signal) {
	for _, r := range all {
		if share := float64(r.Late) / float64(max(1, r.Moved)); r.Late >= s.BurstLeast && share >= s.BurstShare {
			signals = append(signals, Signal{
				Kind: MonthEndBurst, CountyCode: r.CountyCode, Count: r.Late, Total: r.Moved, Measure: share, Threshold: s.BurstShare, EntryIDs: r.EntryIDs,
			})
		}
	}
	return signals
}

// Share is a county's B findings among those that are settled, A or B.
type Share struct {
	CountyCode string
	B, Settled int
}

// fewestPeers is what a deviation needs to mean anything.
const fewestPeers = 3

// Far are the counties whose B share lies far from those of their peers.
func (s SignalSettings) Far(all []Share) (signals []Signal) {
	peers := slices.DeleteFunc(slices.Clone(all), func(c Share) bool { return c.Settled < s.FarLeast })
	for i, c := range peers {
		others := slices.Delete(slices.Clone(peers), i, i+1)
		if len(others) < fewestPeers {
			return nil
		}
		mean, deviation := spread(others)
		share := float64(c.B) / float64(c.Settled)
		// Peers that are all alike still differ by chance: by less than a binomial
		// deviation nothing is far.
		deviation = max(deviation, math.Sqrt(mean*(1-mean)/float64(c.Settled)))
		if far := math.Abs(share-mean) / deviation; deviation > 0 && far >= s.FarDeviations {
			signals = append(signals, Signal{
				Kind: BShareFar, CountyCode: c.CountyCode, Count: c.B, Total: c.Settled, Measure: far, Threshold: s.FarDeviations,
			})
		}
	}
	return signals
}

func spread(shares []Share) (mean, deviation float64) {
	for _, c := range shares {
		mean += float64(c.B) / float64(c.Settled) / float64(len(shares))
	}
	for _, c := range shares {
		d := float64(c.B)/float64(c.Settled) - mean
		deviation += d * d / float64(len(shares))
	}
	return mean, math.Sqrt(deviation)
}

// Normalise leaves of a text what two clerks who copied it have in common: letters and
// digits.
func Normalise(text string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text))
}

// Under16 reports whether a child was under 16 on a day, as far as is known.
func Under16(birth, day time.Time) bool { return younger(birth, day, 16) }

// MonthBounds are the first instants of a month (yyyy-mm, in Asia/Shanghai), of its last
// days, and of the next month.
func MonthBounds(month string, lastDays int) (from, late, to time.Time, err error) {
	from, err = time.ParseInLocation("2006-01", month, Shanghai)
	to = from.AddDate(0, 1, 0)
	return from, to.AddDate(0, 0, -lastDays), to, err
}
