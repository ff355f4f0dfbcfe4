package domain

import (
	"strings"
	"time"

	"baoxue.internal/pkg/fault"
)

// Child is who a notice is about, and to whom it goes.
type Child struct {
	Name, BirthDate string
	// Guardian is empty where it may not be shown, Address is masked there.
	Guardian, Address string
}

// ReturnNotice is a 限期复学通知书.
type ReturnNotice struct {
	Child
	// Number is the entry's own and tells copies apart by their day.
	Number string
	// Office issues the notice.
	Office    string
	IssuedOn  time.Time
	ReturnsBy time.Time
}

// errNoPersuasion refuses a notice about a child who need not come back.
var errNoPersuasion = fault.New(fault.Precondition, "NO_PERSUASION_NEEDED", "该记录当前不是需要劝返（A 类）的核查结果，不能出具限期复学通知书")

const entryDigits = 8

// Notice is the notice of an entry whose child needs persuading (核查结果 A): to be back
// within the configured working days from its issue.
func (w Work) Notice(entryID, office string, child Child, today time.Time, r Rules) (ReturnNotice, error) {
	if !strings.HasPrefix(w.Code, "A") {
		return ReturnNotice{}, errNoPersuasion
	}
	return ReturnNotice{
		Child: child, Office: office, IssuedOn: today, ReturnsBy: r.Calendar.After(today, r.Deadlines.Notice),
		Number: today.Format("20060102") + "-" + strings.ToUpper(entryID[max(0, len(entryID)-entryDigits):]),
	}, nil
}
