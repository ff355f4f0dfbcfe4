package domain

import (
	"bytes"
	"errors"
	"image"
	_ "image/jpeg" // told by content
	_ "image/png"  // told by content
	"time"

	"baoxue.internal/pkg/fault"
)

// MaxEvidence is the largest file, in bytes.
const MaxEvidence = 10 << 20

// EvidenceOf is what rests on a file: one of the three.
type EvidenceOf struct {
	// Revision of a finding.
	Revision             int64
	VisitID, LegalStepID string
}

// Check refuses a file of nothing, and of more than one thing.
func (of EvidenceOf) Check() error {
	named := 0
	for _, is := range []bool{of.Revision != 0, of.VisitID != "", of.LegalStepID != ""} {
		if is {
			named++
		}
	}
	if named != 1 {
		return ErrEvidenceTarget
	}
	return nil
}

// Evidence is a file that something rests on. Its own name is never kept: it could be
// anything, a child's name among it.
type Evidence struct {
	EvidenceOf
	ID, EntryID string
	ContentType string
	Size        int
	SHA256      [32]byte
	Author      string
	At          time.Time
}

// Largest picture, in pixels: one that says it is larger is no photograph of a paper.
const maxPixels = 100_000_000

// ContentType tells what a file is by what is in it: PDF, JPEG or PNG, else an error for
// the clerk.
func ContentType(file []byte) (string, error) {
	if len(file) > MaxEvidence {
		return "", evidenceInvalid("FILE_TOO_LARGE", "文件超过 10 MB，请压缩或拆分后上传")
	}
	if len(file) == 0 {
		return "", evidenceInvalid("REQUIRED", "请选择要上传的文件")
	}
	// A PDF that was cut off has no end mark.
	if bytes.HasPrefix(file, []byte("%PDF-")) && bytes.Contains(file[max(0, len(file)-1024):], []byte("%%EOF")) {
		return "application/pdf", nil
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || config.Width*config.Height > maxPixels || config.Width*config.Height <= 0 {
		return "", evidenceInvalid("EVIDENCE_INVALID", "只能上传完好的 PDF、JPEG 或 PNG 文件")
	}
	return "image/" + format, nil
}

func evidenceInvalid(reason, message string) error {
	return fault.FromViolations("EVIDENCE_INVALID", message, []fault.Violation{{Field: "file", Reason: reason, Message: message}})
}

// ErrEvidenceTarget refuses a file that is of no finding, visit or legal step of the entry.
var ErrEvidenceTarget = fault.FromViolations("EVIDENCE_INVALID", "请选择该文件所证明的核查结果、劝返记录或依法控辍措施", []fault.Violation{
	{Field: "revision", Reason: "REQUIRED", Message: "请选择该文件所证明的核查结果、劝返记录或依法控辍措施"},
})

// ErrEvidenceUnknown is a file that the entry does not have. An entry that the caller
// does not see is told of by the ledger.
var ErrEvidenceUnknown = fault.New(fault.NotFound, "NOT_FOUND", "证明材料不存在")

// EvidenceRequired adds to what a form lacks that its code wants a file.
func EvidenceRequired(form Form, lacking error) error {
	c := checker{form: form, prefix: prefixes[form.Action]}
	var f *fault.Error
	if errors.As(lacking, &f) {
		c.violations = f.Violations
	}
	c.violate("code", "EVIDENCE_REQUIRED", "核查结果 "+form.Code+" 须先上传证明材料")
	return fault.FromViolations("FINDING_INVALID", "填写内容有误，请按提示修改后保存", c.violations)
}
