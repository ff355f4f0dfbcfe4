package domain_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"baoxue.internal/services/ledger/internal/domain"
)

var unexported = cmpopts.IgnoreUnexported(domain.Row{})

// A phantom child would stay 待处理 for ever: nobody can find it.
func TestWhatIsNoChild(t *testing.T) {
	header, _ := domain.ReadHeader(noticeHeads)
	for name, cells := range map[string][]string{
		"nothing":                   nil,
		"spaces":                    {"", " ", "\u3000", "\n", "\u200b"},
		"the notice's second head":  {"", "", "", "", "", "", "", "", "", "", "", "待本级处理", "已处理"},
		"the header on a next page": noticeHeads,
	} {
		if row, empty := domain.ReadRow(header, cells); !empty {
			t.Errorf("%s: %+v", name, row)
		}
	}
}

// A child is never left out for bad data.
func TestWhateverIsKnownOfAChildIsARow(t *testing.T) {
	header, _ := domain.ReadHeader(noticeHeads)
	for i, head := range noticeHeads {
		if head == "处理" {
			continue
		}
		cells := make([]string, len(noticeHeads))
		cells[i] = "x"
		if _, empty := domain.ReadRow(header, cells); empty {
			t.Errorf("a row with only %s is dropped", head)
		}
	}
}

func TestEveryFlagSpeaksChinese(t *testing.T) {
	row := read(t, noticeHeads, []string{"", "", "x"})
	if want := []domain.Flag{domain.FlagIDMissing, domain.FlagNameMissing, domain.FlagBirthUnreadable}; !slices.Equal(row.Flags, want) {
		t.Errorf("flags %v", row.Flags)
	}
	for _, f := range []domain.Flag{
		domain.FlagIDMissing, domain.FlagIDFormat, domain.FlagIDLostDigits, domain.FlagIDOld15, domain.FlagIDChecksum,
		domain.FlagBirthMissing, domain.FlagBirthUnreadable, domain.FlagBirthMismatch, domain.FlagNameMissing,
		domain.FlagSourceUnknown, domain.FlagDuplicate, domain.FlagRegionMissing, domain.FlagRegionSucceeded,
		domain.FlagRegionAmbiguous, domain.FlagRegionNotACounty, domain.FlagRegionOtherProvince, domain.FlagRegionUnknown,
	} {
		if f.Text() == string(f) {
			t.Errorf("%s has no words", f)
		}
	}
}
