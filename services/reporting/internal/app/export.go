package app

import (
	"context"
	"errors"
	"io"
	"strings"

	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/domain"
)

// EntryLine is one entry of an export, as the ledger shows it to the caller.
type EntryLine struct {
	ID, SerialNumber, PersonName, BirthDate, IDNumber, HouseholdPlace, HomeAddress, InSchool  string
	NationalStudentNumber, ProvincialSchool, ProvincialStudentNumber, ProvincialStudentStatus string
	RegionCode, CountyCode, Code, Status, Source, Guardian, Phone                             string
	Flags                                                                                     []string
	Extra                                                                                     map[string]string
}

// FindingLine is an entry's newest finding.
type FindingLine struct {
	Code, SchoolRegion, School, Witness, WitnessDate, Explanation     string
	CurrentSituation, FamilySituation, ParentContact, Author, SavedAt string
}

// EntryStream yields batches of entries in order, until io.EOF.
type EntryStream interface {
	Next() ([]EntryLine, error)
}

// Findings returns the newest findings by entry id.
type Findings interface {
	Newest(ctx context.Context, entryIDs []string) (map[string]FindingLine, error)
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
	case strings.TrimSpace(reason) == "":
		return fault.FromViolations("INVALID_REQUEST", "请求格式有误", []fault.Violation{
			{Field: "reason", Reason: "REQUIRED", Message: "上报教育部的台账含完整信息，请填写导出理由，理由将记入审计日志"},
		})
	}
	return nil
}

// Export writes entries with their newest findings.
type Export struct{ Findings Findings }

// joinedAhead is how many batches are read while one is written.
const joinedAhead = 2

// joined is a batch of entries with their newest findings.
type joined struct {
	entries  []EntryLine
	findings map[string]FindingLine
}

// Fill joins the stream with the findings into the sheet and returns how many entries it got. While
// one batch is written the next are read.
func (u Export) Fill(ctx context.Context, entries EntryStream, sheet Sheet) (filled int, err error) {
	group, ctx := errgroup.WithContext(ctx)
	ahead := make(chan joined, joinedAhead)
	group.Go(func() error {
		defer close(ahead)
		return u.join(ctx, entries, ahead)
	})
	group.Go(func() error {
		for batch := range ahead {
			for _, e := range batch.entries {
				if err := sheet.Add(e, batch.findings[e.ID]); err != nil {
					return err
				}
				filled++
			}
		}
		return nil
	})
	err = group.Wait()
	return filled, err
}

// join reads until the end.
func (u Export) join(ctx context.Context, entries EntryStream, to chan<- joined) error {
	for {
		batch, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		ids := make([]string, 0, len(batch))
		for _, e := range batch {
			if e.Code != "" {
				ids = append(ids, e.ID)
			}
		}
		b := joined{entries: batch}
		if len(ids) > 0 {
			if b.findings, err = u.Findings.Newest(ctx, ids); err != nil {
				return err
			}
		}
		select {
		case to <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
