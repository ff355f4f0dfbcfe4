package domain

import (
	"time"

	"baoxue.internal/pkg/fault"
)

// ReportState says whether a county has reported of a month.
type ReportState string

// A county has reported when it recorded a finding in the month (本月变更), or confirmed that
// there was nothing to report.
const (
	NotReported  ReportState = "NOT_REPORTED"
	Reported     ReportState = "REPORTED"
	ZeroReported ReportState = "ZERO_REPORTED"
)

// ZeroReport is a county's word that it has nothing to report of a month (零报告).
type ZeroReport struct {
	County, Author string
	At             time.Time
}

// CountyReport is where a county stands in a month.
type CountyReport struct {
	Region Region
	State  ReportState
	// Total, Pending and Changed are the county's figures of the month.
	Total, Pending, Changed int64
	// Zero is set in the state ZeroReported.
	Zero ZeroReport
}

// CountyReports tells for every county whether it has reported. A finding counts for more than
// an earlier word that there would be none.
func CountyReports(rows []Row, zeros []ZeroReport) []CountyReport {
	given := make(map[string]ZeroReport, len(zeros))
	for _, z := range zeros {
		given[z.County] = z
	}
	var reports []CountyReport
	for i := range rows {
		r := &rows[i]
		if r.Source != AllSources || r.Region.Level != LevelCounty {
			continue
		}
		report := CountyReport{Region: r.Region, State: NotReported, Total: r.Total, Pending: r.Pending, Changed: r.Changed}
		zero, ok := given[r.Region.Code]
		switch {
		case r.Changed > 0:
			report.State = Reported
		case ok:
			report.State, report.Zero = ZeroReported, zero
		}
		reports = append(reports, report)
	}
	return reports
}

// MayConfirmZero refuses a zero report of a county that has something to report.
func MayConfirmZero(r Row) error {
	switch {
	case r.Changed > 0:
		return fault.Newf(fault.Precondition, "ZERO_REPORT_REFUSED", "本月已填报 %d 名学生的核查结果，即为已报送，不需要零报告", r.Changed)
	case r.Pending > 0:
		return fault.Newf(fault.Precondition, "ZERO_REPORT_REFUSED", "还有 %d 名学生待本级处理，不能零报告；请先核查填报", r.Pending)
	}
	return nil
}
