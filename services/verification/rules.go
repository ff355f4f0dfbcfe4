package verification

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"

	"baoxue.internal/pkg/calendar"
	"baoxue.internal/services/verification/internal/domain"
)

// defaults are the settings that came with the program.
//
//go:embed settings.json
var defaults []byte

// SettingsFileUsage describes the setting to the operator.
const SettingsFileUsage = "JSON file of deadlines, follow-up days and the like, as services/verification/settings.json; empty for those that came with the program"

// loadRules reads the two files; an empty path means what came with the program. A file
// may leave out what it does not change.
func loadRules(settingsFile, calendarFile string) (r domain.Rules, err error) {
	if r.Calendar, err = calendar.Load(calendarFile); err != nil {
		return r, err
	}
	if err := json.Unmarshal(defaults, &r.Settings); err != nil {
		return r, fmt.Errorf("settings: %w", err)
	}
	if settingsFile != "" {
		data, err := os.ReadFile(settingsFile)
		if err != nil {
			return r, fmt.Errorf("settings: %w", err)
		}
		// A misspelt setting must not be taken for an absent one.
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.DisallowUnknownFields()
		// What is read into a list that is there mixes with it.
		ladder := r.LegalLadder
		r.LegalLadder = nil
		if err := decoder.Decode(&r.Settings); err != nil {
			return r, fmt.Errorf("settings %s: %w", settingsFile, err)
		}
		if r.LegalLadder == nil {
			r.LegalLadder = ladder
		}
	}
	if err := r.Check(); err != nil {
		return r, fmt.Errorf("settings: %w", err)
	}
	return r, nil
}
