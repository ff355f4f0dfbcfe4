package verification

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"baoxue.internal/services/verification/internal/domain"
)

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSettingsChangeOnlyWhatTheyName(t *testing.T) {
	before, err := loadRules("", "")
	if err != nil || len(before.FollowUpDays) != 4 || len(before.LegalLadder) != 4 || len(before.EvidenceCodes) != 0 {
		t.Fatalf("%+v, %v", before.Settings, err)
	}
	after, err := loadRules(written(t, `{"deadlines": {"duty": 5}, "evidenceCodes": ["B7", "B9"]}`), written(t, `{}`))
	if err != nil || after.Deadlines.Duty != 5 || after.Deadlines.Returned != before.Deadlines.Returned ||
		len(after.EvidenceCodes) != 2 || !slices.Equal(after.LegalLadder, before.LegalLadder) || after.Signals != before.Signals {
		t.Errorf("%+v, %v", after.Settings, err)
	}
}

func TestALadderIsReplacedAsAWhole(t *testing.T) {
	for text, want := range map[string]domain.LegalLadder{
		`{"legalLadder": []}`: {},
		`{"legalLadder": [{"code": "WARNING", "name": "告诫"}, {"code": "ORDER", "name": "责令改正", "days": 5}]}`: {
			{Code: "WARNING", Name: "告诫"}, {Code: "ORDER", Name: "责令改正", Days: 5},
		},
	} {
		r, err := loadRules(written(t, text), "")
		if err != nil || !slices.Equal(r.LegalLadder, want) {
			t.Errorf("%s: %+v, %v", text, r.LegalLadder, err)
		}
	}
}

func TestSettingsThatMeanNothingAreRefused(t *testing.T) {
	for _, text := range []string{
		`{"deadlines": {"duty": 0}}`, `{"followUpDays": [60, 30]}`, `{"followUpDays": [0]}`, `{"orderRemindDays": -1}`, `{"signals": {"burstShare": 1.5}}`,
		`{"recheck": {"codes": ["B9"], "months": 0}}`, `{"recheck": {"months": 5}}`,
		`{"legalLadder": [{"code": "", "name": "警告"}]}`, `{"legalLadder": [{"code": "ORDER", "name": ""}]}`,
		`{"legalLadder": [{"code": "ORDER", "name": "责令", "days": -1}]}`, `{"legalLadder": [{"code": "ORDER", "name": "责令"}, {"code": "ORDER", "name": "改正"}]}`,
		`{"signals": {"farLeast": 0}}`, `{"dedlines": {"duty": 5}}`, `{`,
	} {
		if _, err := loadRules(written(t, text), ""); err == nil || !strings.Contains(err.Error(), "settings") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := loadRules(filepath.Join(t.TempDir(), "none"), ""); err == nil {
		t.Error("a missing file is no error")
	}
}
