package store

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/outbox"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// origin is where the entries of an import come from.
type origin struct {
	importID, actor string
	at, dueOn       time.Time
}

// createEntries makes entries of rows, with their routing and what is told of them.
func createEntries(ctx context.Context, tx pgx.Tx, from origin, rows []*sealedRow) error {
	n := len(rows)
	if n == 0 {
		return nil
	}
	p := db.CreateEntriesParams{
		ImportID: from.importID, At: from.at, DueOn: from.dueOn,
		Ids: make([]string, n), IdentityKeys: make([][]byte, n), ContentDigests: make([][]byte, n),
		SerialNumbers: make([]string, n), PersonNames: make([]string, n), BirthDates: make([]string, n),
		IDNumbersSealed: make([][]byte, n), HouseholdPlaces: make([]string, n), HomeAddressesSealed: make([][]byte, n),
		InSchools: make([]string, n), NationalStudentNumbersSealed: make([][]byte, n), ProvincialSchools: make([]string, n),
		ProvincialStudentNumbers: make([]string, n), ProvincialStudentStatuses: make([]string, n),
		RegionCodes: make([]string, n), Sources: make([]int16, n), GuardiansSealed: make([][]byte, n),
		PhonesSealed: make([][]byte, n), ExtraColumnsSealed: make([][]byte, n), Flags: make([]string, n),
		CountyCodes: make([]string, n), RoutingReasons: make([]string, n), Suggestions: make([]string, n),
	}
	events := make([]outbox.Event, n)
	for i, r := range rows {
		p.Ids[i], p.IdentityKeys[i], p.ContentDigests[i] = r.entryID, r.identity, r.content
		p.SerialNumbers[i], p.PersonNames[i], p.BirthDates[i] = r.SerialNumber, r.PersonName, r.BirthDate
		p.IDNumbersSealed[i], p.HouseholdPlaces[i], p.HomeAddressesSealed[i] = r.number, r.HouseholdPlace, r.homeAddress
		p.InSchools[i], p.NationalStudentNumbersSealed[i], p.ProvincialSchools[i] = r.InSchool, r.nationalStudentNumber, r.ProvincialSchool
		p.ProvincialStudentNumbers[i], p.ProvincialStudentStatuses[i] = r.ProvincialStudentNumber, r.ProvincialStudentStatus
		p.RegionCodes[i], p.Sources[i], p.GuardiansSealed[i] = r.RegionCode, int16(r.Source), r.guardian
		p.PhonesSealed[i], p.ExtraColumnsSealed[i], p.Flags[i] = r.phone, r.extraCells, arrayLiteral(r.Flags)
		p.CountyCodes[i], p.RoutingReasons[i], p.Suggestions[i] = r.CountyCode, r.RoutingReason, r.suggestions
		events[i] = routed(r.entryID, 1, r.CountyCode, int16(r.Source), from.importID, from.at)
	}
	q := db.New(tx)
	if err := q.CreateEntries(ctx, p); err != nil {
		return err
	}
	if err := q.CreateRoutings(ctx, db.CreateRoutingsParams{
		Ids: p.Ids, CountyCodes: p.CountyCodes, Sources: p.Sources, Reasons: p.RoutingReasons, Actor: from.actor, At: from.at,
	}); err != nil {
		return err
	}
	return outbox.AppendAll(ctx, tx, events)
}

// arrayLiteral is PostgreSQL's text for an array of flags, which are words.
func arrayLiteral(flags []domain.Flag) string { return "{" + strings.Join(flagTexts(flags), ",") + "}" }
