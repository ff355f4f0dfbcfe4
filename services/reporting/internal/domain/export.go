package domain

import (
	"time"

	"baoxue.internal/pkg/fault"
)

// ExportState tells where an export that is made in the background stands.
type ExportState string

// The states; they are stored.
const (
	ExportRunning   ExportState = "RUNNING"
	ExportReady     ExportState = "READY"
	ExportFailed    ExportState = "FAILED"
	ExportCancelled ExportState = "CANCELLED"
)

// ExportFormat is the kind of a file.
type ExportFormat string

// The formats; they are stored.
const (
	XLSX ExportFormat = "XLSX"
	CSV  ExportFormat = "CSV"
)

// Layout says which columns an export has.
type Layout string

// The layouts; they are stored.
const (
	// WorkLayout: the notice's columns, then what else is known, then the newest finding.
	WorkLayout Layout = "WORK"
	// MinistryLayout is the ledger's own, for the upload to the Ministry.
	MinistryLayout Layout = "MINISTRY"
)

const (
	// ExportKept is how long a file is there.
	ExportKept = 72 * time.Hour
	// Making a file is work for everybody's database.
	mostOwnExports = 1
	mostExports    = 4
)

// What may be wrong with an export.
var (
	ErrExportUnknown  = fault.New(fault.NotFound, "NOT_FOUND", "没有找到该导出文件，或已过期，请重新导出")
	ErrExportNotReady = fault.New(fault.Precondition, "EXPORT_NOT_READY", "文件还没有生成，请稍候")
	errOwnRunning     = fault.New(fault.Exhausted, "EXPORT_RUNNING", "您有一个文件正在生成，请等它完成或取消后再导出")
	errManyRunning    = fault.New(fault.Exhausted, "TOO_MANY_EXPORTS", "正在生成的文件较多，请几分钟后再试")
)

// Export is a file that is made in the background.
type Export struct {
	ID       string
	AuthorID string
	// Region of the author when it began.
	Region string
	Format ExportFormat
	Layout Layout
	InFull bool
	State  ExportState
	// Entries in it by now, of so many.
	Entries, Total int64
	Chunks         int
	Size           int64
	Problem        string
	CreatedAt      time.Time
	ExpiresAt      time.Time
}

// MayBegin refuses one more, with so many of the author's and of everybody's under way.
func MayBegin(own, everybodys int64) error {
	switch {
	case own >= mostOwnExports:
		return errOwnRunning
	case everybodys >= mostExports:
		return errManyRunning
	}
	return nil
}
