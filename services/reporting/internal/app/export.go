package app

import (
	"context"
	"errors"
	"io"
)

// EntryLine is one entry of an export, as the ledger shows it to the caller.
type EntryLine struct {
	ID, SerialNumber, PersonName, BirthDate, IDNumber, HouseholdPlace, HomeAddress, InSchool  string
	NationalStudentNumber, ProvincialSchool, ProvincialStudentNumber, ProvincialStudentStatus string
	RegionCode, CountyCode, Code, Status, Source                                              string
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

// Sheet receives the lines of an export.
type Sheet interface {
	Add(e EntryLine, f FindingLine) error
	// Finish writes the workbook out.
	Finish(w io.Writer) error
	Close() error
}

// Export writes entries with their newest findings.
type Export struct{ Findings Findings }

// Fill joins the stream with the findings into the sheet and returns how many
// entries it got.
func (u Export) Fill(ctx context.Context, entries EntryStream, sheet Sheet) (filled int, err error) {
	for {
		batch, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return filled, nil
		}
		if err != nil {
			return filled, err
		}
		ids := make([]string, 0, len(batch))
		for _, e := range batch {
			if e.Code != "" {
				ids = append(ids, e.ID)
			}
		}
		findings := map[string]FindingLine{}
		if len(ids) > 0 {
			if findings, err = u.Findings.Newest(ctx, ids); err != nil {
				return filled, err
			}
		}
		for _, e := range batch {
			if err := sheet.Add(e, findings[e.ID]); err != nil {
				return filled, err
			}
			filled++
		}
	}
}
