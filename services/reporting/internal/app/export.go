package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/domain"
)

// EntryLine is one entry of an export, as the ledger shows it to the caller.
type EntryLine struct {
	ID, SerialNumber, PersonName, BirthDate, IDNumber, HouseholdPlace, HomeAddress, InSchool  string
	NationalStudentNumber, ProvincialSchool, ProvincialStudentNumber, ProvincialStudentStatus string
	RegionCode, CountyCode, Code, Status, Source, Guardian, Phone, LegalStep                  string
	Flags, Tags                                                                               []string
	Extra                                                                                     map[string]string
}

// FindingLine is an entry's newest finding.
type FindingLine struct {
	EntryID, Code, SchoolRegion, School, Witness, WitnessDate, Explanation string
	CurrentSituation, FamilySituation, ParentContact, Author, SavedAt      string
}

// Words are what a reader calls the codes in an export. A code that has no word stands for itself.
type Words struct{ Flags, Regions map[string]string }

// EntryStream yields batches of entries in order, until io.EOF.
type EntryStream interface {
	Next() ([]EntryLine, error)
}

// Findings opens streams of newest findings.
type Findings interface {
	Newest(ctx context.Context) (FindingStream, error)
}

// FindingStream answers what is asked, one after the other. It may be asked while an answer is awaited.
type FindingStream interface {
	Ask(entryIDs []string) error
	// EndAsking tells that nothing more is asked.
	EndAsking() error
	// Next is the answer to what was asked the longest ago: the newest finding of each of the entries
	// that has one, in the order of the entries. After the last answer it is io.EOF.
	Next() ([]FindingLine, error)
}

// Sheet receives the lines of an export, and passes them on as they come.
type Sheet interface {
	Add(e EntryLine, f FindingLine) error
	// Close writes what comes after the last line.
	Close() error
}

// CheckLayout refuses the Ministry's layout to all but the province, and without a reason: it
// is of no use with numbers that are masked.
func CheckLayout(scope Scope, layout domain.Layout, reason string) error {
	switch {
	case layout != domain.MinistryLayout:
		return nil
	case scope.Level != domain.LevelProvince:
		return fault.New(fault.Denied, "PERMISSION_DENIED", "只有省级可以按教育部台账格式导出")
	case fault.Unsaid(reason):
		return fault.FromViolations("INVALID_REQUEST", "请求格式有误", []fault.Violation{
			{Field: "reason", Reason: "REQUIRED", Message: "上报教育部的台账含完整信息，请填写导出理由，理由将记入审计日志"},
		})
	}
	return nil
}

// Export writes entries with their newest findings.
type Export struct{ Findings Findings }

// askedAhead is how many batches are read, and their findings asked for, while one is written.
const askedAhead = 2

var errUnasked = errors.New("findings came of which nobody asked")

// asked is a batch of entries whose findings are asked for, if any of them has one.
type asked struct {
	entries []EntryLine
	some    bool
}

// Fill merges the entries with their findings, both in the entries' order, into the sheet and returns how many
// entries it got. While one batch is written the next are read.
func (u Export) Fill(ctx context.Context, entries EntryStream, sheet Sheet) (filled int, err error) {
	group, ctx := errgroup.WithContext(ctx)
	findings, err := u.Findings.Newest(ctx)
	if err != nil {
		return 0, err
	}
	ahead := make(chan asked, askedAhead)
	group.Go(func() error {
		defer close(ahead)
		return ask(ctx, entries, findings, ahead)
	})
	group.Go(func() error {
		filled, err = merge(ahead, findings, sheet)
		return err
	})
	err = group.Wait()
	return filled, err
}

// ask reads entries until the end, and asks for the findings of those that have one.
func ask(ctx context.Context, entries EntryStream, findings FindingStream, to chan<- asked) error {
	for {
		batch, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return findings.EndAsking()
		}
		if err != nil {
			return err
		}
		var ids []string
		for i := range batch {
			if batch[i].Code != "" {
				ids = append(ids, batch[i].ID)
			}
		}
		if len(ids) > 0 {
			if err := findings.Ask(ids); err != nil {
				return err
			}
		}
		select {
		case to <- asked{batch, len(ids) > 0}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// merge writes each entry beside its finding.
func merge(batches <-chan asked, findings FindingStream, sheet Sheet) (filled int, err error) {
	for batch := range batches {
		var found []FindingLine
		if batch.some {
			if found, err = findings.Next(); err != nil {
				return filled, err
			}
		}
		for _, e := range batch.entries {
			var own FindingLine
			if len(found) > 0 && found[0].EntryID == e.ID {
				own, found = found[0], found[1:]
			}
			if err := sheet.Add(e, own); err != nil {
				return filled, err
			}
			filled++
		}
		if len(found) > 0 {
			return filled, fmt.Errorf("the finding of entry %s came out of its order", found[0].EntryID)
		}
	}
	if _, err := findings.Next(); !errors.Is(err, io.EOF) {
		return filled, cmp.Or(err, errUnasked)
	}
	return filled, nil
}
