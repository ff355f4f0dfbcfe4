package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/outbox"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// creation brings the rows of an import into the ledger, in one transaction.
type creation struct {
	tx              pgx.Tx
	q               *db.Queries
	importID, actor string
	at, dueOn       time.Time
	progress        *app.Progress

	stored, flagged, unmatched, created int
}

// take creates the children of a batch that are new, with their events, and keeps for the end
// what it says otherwise of those that are known.
func (c *creation) take(ctx context.Context, b sealedBatch) error {
	if err := b.known.look(ctx, c.q, again(b)); err != nil {
		return err
	}
	var fresh []*sealedRow
	var updates []db.KeepUpdatesParams
	for i := range b.rows {
		r := &b.rows[i]
		k, had := b.known[string(r.identity)]
		if !had {
			// A later row of the same child finds it.
			k = db.KnownChildrenRow{ID: r.entryID, CountyCode: r.CountyCode, ContentDigest: r.content, Flags: flagTexts(r.Flags)}
			b.known[string(r.identity)], r.created = k, true
			fresh = append(fresh, r)
		}
		r.entryID = k.ID
		if !r.Again && !saysTheSame(r, k) {
			updates = append(updates, c.update(r))
		}
		c.count(r, k.CountyCode)
	}
	if err := c.create(ctx, fresh); err != nil {
		return err
	}
	if len(updates) > 0 {
		if _, err := c.q.KeepUpdates(ctx, updates); err != nil {
			return err
		}
	}
	c.progress.Stored.Store(int64(c.stored))
	c.progress.Flagged.Store(int64(c.flagged))
	return nil
}

// again are the identities of a batch that an earlier row of the file may have made known.
func again(b sealedBatch) [][]byte {
	var identities [][]byte
	for i := range b.rows {
		if r := &b.rows[i]; r.Again {
			if _, had := b.known[string(r.identity)]; !had {
				identities = append(identities, r.identity)
			}
		}
	}
	return identities
}

func saysTheSame(r *sealedRow, k db.KnownChildrenRow) bool {
	return string(r.content) == string(k.ContentDigest) && slices.Equal(r.Flags, flagsOf(k.Flags))
}

// count counts a row of a child that the county handles.
func (c *creation) count(r *sealedRow, county string) {
	c.stored++
	if len(r.Flags) > 0 {
		c.flagged++
	}
	if county == "" {
		c.unmatched++
	}
	if r.created {
		c.created++
	}
}

func (c *creation) create(ctx context.Context, fresh []*sealedRow) error {
	if len(fresh) == 0 {
		return nil
	}
	p := db.CreateEntriesParams{ImportID: c.importID, At: c.at, DueOn: c.dueOn}
	events := make([]outbox.Event, len(fresh))
	for i, r := range fresh {
		p.Ids = append(p.Ids, r.entryID)
		p.IdentityKeys = append(p.IdentityKeys, r.identity)
		p.ContentDigests = append(p.ContentDigests, r.content)
		p.SerialNumbers = append(p.SerialNumbers, r.SerialNumber)
		p.PersonNames = append(p.PersonNames, r.PersonName)
		p.BirthDates = append(p.BirthDates, r.BirthDate)
		p.IDNumbersSealed = append(p.IDNumbersSealed, r.number)
		p.HouseholdPlaces = append(p.HouseholdPlaces, r.HouseholdPlace)
		p.HomeAddressesSealed = append(p.HomeAddressesSealed, r.homeAddress)
		p.InSchools = append(p.InSchools, r.InSchool)
		p.NationalStudentNumbersSealed = append(p.NationalStudentNumbersSealed, r.nationalStudentNumber)
		p.ProvincialSchools = append(p.ProvincialSchools, r.ProvincialSchool)
		p.ProvincialStudentNumbers = append(p.ProvincialStudentNumbers, r.ProvincialStudentNumber)
		p.ProvincialStudentStatuses = append(p.ProvincialStudentStatuses, r.ProvincialStudentStatus)
		p.RegionCodes = append(p.RegionCodes, r.RegionCode)
		p.Sources = append(p.Sources, int16(r.Source))
		p.GuardiansSealed = append(p.GuardiansSealed, r.guardian)
		p.PhonesSealed = append(p.PhonesSealed, r.phone)
		p.ExtraColumnsSealed = append(p.ExtraColumnsSealed, r.extraCells)
		p.Flags = append(p.Flags, arrayLiteral(r.Flags))
		p.CountyCodes = append(p.CountyCodes, r.CountyCode)
		p.RoutingReasons = append(p.RoutingReasons, r.RoutingReason)
		p.Suggestions = append(p.Suggestions, r.suggestions)
		events[i] = routed(r.entryID, 1, r.CountyCode, int16(r.Source), c.importID, c.at)
	}
	if err := c.q.CreateEntries(ctx, p); err != nil {
		return err
	}
	if err := c.q.CreateRoutings(ctx, db.CreateRoutingsParams{
		Ids: p.Ids, CountyCodes: p.CountyCodes, Sources: p.Sources, Reasons: p.RoutingReasons, Actor: c.actor, At: c.at,
	}); err != nil {
		return err
	}
	return outbox.AppendAll(ctx, c.tx, events)
}

// arrayLiteral is PostgreSQL's text for an array of flags, which are words.
func arrayLiteral(flags []domain.Flag) string { return "{" + strings.Join(flagTexts(flags), ",") + "}" }

func (c *creation) update(r *sealedRow) db.KeepUpdatesParams {
	return db.KeepUpdatesParams{
		ImportID: c.importID, EntryID: r.entryID, ContentDigest: r.content, SerialNumber: r.SerialNumber, BirthDate: r.BirthDate,
		HouseholdPlace: r.HouseholdPlace, HomeAddressSealed: r.homeAddress, InSchool: r.InSchool,
		NationalStudentNumberSealed: r.nationalStudentNumber, ProvincialSchool: r.ProvincialSchool,
		ProvincialStudentNumber: r.ProvincialStudentNumber, ProvincialStudentStatus: r.ProvincialStudentStatus,
		GuardianSealed: r.guardian, PhoneSealed: r.phone, ExtraColumnsSealed: r.extraCells, Flags: flagTexts(r.Flags),
	}
}

// finish changes the children that the ledger knew already, and ends the import.
func (c *creation) finish(ctx context.Context) (db.Import, error) {
	// From here on the merge wins over a request to cancel it.
	cancelled, err := c.q.CancelRequested(ctx, c.importID)
	if err != nil {
		return db.Import{}, err
	}
	if cancelled {
		return db.Import{}, app.ErrCancelled
	}
	if err := c.q.AnalyzeUpdates(ctx); err != nil {
		return db.Import{}, err
	}
	updated, err := c.q.UpdateEntries(ctx, db.UpdateEntriesParams{ImportID: c.importID, At: c.at})
	if err != nil {
		return db.Import{}, err
	}
	if err := c.q.DropUpdates(ctx, c.importID); err != nil {
		return db.Import{}, err
	}
	return c.q.FinishImport(ctx, db.FinishImportParams{
		ImportID: c.importID, Stored: int32(c.stored), Unmatched: int32(c.unmatched), Flagged: int32(c.flagged),
		Created: int32(c.created), Updated: int32(updated),
	})
}
