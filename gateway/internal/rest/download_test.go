package rest

import (
	"testing"

	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

// A file is named as what it is: Excel would not open a .csv that calls itself .xlsx.
func TestAFileIsNamedAsWhatItIs(t *testing.T) {
	const (
		xlsx, csv      = reportingv1.ExportFormat_EXPORT_FORMAT_XLSX, reportingv1.ExportFormat_EXPORT_FORMAT_CSV
		work, ministry = reportingv1.ExportLayout_EXPORT_LAYOUT_WORK, reportingv1.ExportLayout_EXPORT_LAYOUT_MINISTRY
	)
	for _, c := range []struct {
		format            reportingv1.ExportFormat
		layout            reportingv1.ExportLayout
		plainName, ending string
	}{
		{xlsx, work, "entries.xlsx", ".xlsx"},
		{csv, work, "entries.csv", ".csv"},
		{xlsx, ministry, "ministry.xlsx", ".xlsx"},
		{csv, ministry, "ministry.csv", ".csv"},
	} {
		if got := made(&reportingv1.Export{Format: c.format, Layout: c.layout}); got.plainName != c.plainName || got.ending != c.ending {
			t.Errorf("%s %s is called %s", c.format, c.layout, got.plainName)
		}
	}
}
