package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/store/db"
)

// creation brings the rows of an import into the ledger, in one transaction.
type creation struct {
	origin
	tx       pgx.Tx
	q        *db.Queries
	progress *app.Progress

	stored, flagged, unmatched, created int
}

// take creates the children of a batch that are new and keeps for the end what it says
// otherwise of those that are known.
func (c *creation) take(ctx context.Context, b sealedBatch) error {
	if err := b.known.look(ctx, c.q, again(b)); err != nil {
		return err
	}
	var updates []db.KeepUpdatesParams
	for i := range b.rows {
		r := &b.rows[i]
		k, had := b.known[string(r.identity)]
		if !had {
			return fmt.Errorf("sheet %s, row %d: no earlier row has made its child known", r.Sheet, r.Number)
		}
		r.entryID = k.ID
		if !r.created && !r.Again && !saysTheSame(r, k) {
			updates = append(updates, c.update(r))
		}
		c.count(r, k.CountyCode)
	}
	if err := b.fresh.Run(ctx, c.tx); err != nil {
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
	if err := c.gatherStatistics(ctx); err != nil {
		return db.Import{}, err
	}
	return c.q.FinishImport(ctx, db.FinishImportParams{
		ImportID: c.importID, Stored: int32(c.stored), Unmatched: int32(c.unmatched), Flagged: int32(c.flagged),
		Created: int32(c.created), Updated: int32(updated),
	})
}

// gatherStatistics keeps the first saves after a first distribution from being slow.
func (c *creation) gatherStatistics(ctx context.Context) error {
	doubled, err := c.q.Doubled(ctx, int64(c.created))
	if err != nil || !doubled {
		return err
	}
	return c.q.AnalyzeEntries(ctx)
}
