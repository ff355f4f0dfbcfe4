package store

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"baoxue.internal/pkg/seal"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// What is indexed, each apart from the others.
const (
	identityIndex = "ledger identity"
	contentIndex  = "ledger content"
	numberIndex   = "ledger id number"
	lastFourIndex = "ledger last four"
	// fieldIndex makes the key of the digests that two distributions are compared by.
	fieldIndex = "ledger described fields"
)

// fieldsOf binds what is sealed to the child, by what is the same in every distribution.
func (s *Store) fieldsOf(identityKey []byte) *seal.Fields {
	return seal.NewFields(s.sealer, "ledger entry "+string(identityKey))
}

// sealedRow is a row as it may lie in a database. What tells children apart and whether they
// changed is keyed: digests of so few possible numbers could be tried out.
type sealedRow struct {
	*app.StagedRow
	identity, content                                                       []byte
	number, homeAddress, nationalStudentNumber, guardian, phone, extraCells []byte
	suggestions                                                             string
	// entryID is a new one, until the ledger turns out to know the child.
	entryID string
	created bool
}

func (s *Store) sealRow(r *app.StagedRow) (sealedRow, error) {
	extra := ""
	if len(r.Extra) > 0 {
		text, err := json.Marshal(r.Extra)
		if err != nil {
			return sealedRow{}, fmt.Errorf("extra columns: %w", err)
		}
		extra = string(text)
	}
	suggestions, err := json.Marshal(append([]domain.Suggestion{}, r.Suggestions...))
	if err != nil {
		return sealedRow{}, fmt.Errorf("suggestions: %w", err)
	}
	// Version 7 ids grow with time: the ledger keeps the order of the file.
	id, err := uuid.NewV7()
	if err != nil {
		return sealedRow{}, fmt.Errorf("entry id: %w", err)
	}
	identity := s.sealer.Index(identityIndex, string(r.Key[:]))
	f := s.fieldsOf(identity)
	return sealedRow{
		StagedRow: r, entryID: id.String(), identity: identity, content: s.sealer.Index(contentIndex, string(r.Digest[:])),
		number: f.Seal("id_number", r.IDNumber), homeAddress: f.Seal("home_address", r.HomeAddress),
		nationalStudentNumber: f.Seal("national_student_number", r.NationalStudentNumber),
		guardian:              f.Seal("guardian", r.Guardian), phone: f.Seal("phone", r.Phone),
		extraCells: f.Seal("extra_columns", extra), suggestions: string(suggestions),
	}, f.Err()
}

// indexOf is what a child is found by.
func (s *Store) indexOf(r *sealedRow) db.IndexEntriesParams {
	p := db.IndexEntriesParams{EntryID: r.entryID, NameBigrams: bigrams(r.PersonName), NameKey: domain.NameKey(r.PersonName), CountyCode: r.CountyCode}
	if r.IDNumber != "" {
		p.IDNumberIndex = s.sealer.Index(numberIndex, r.IDNumber)
		if last, ok := domain.LastFour(r.IDNumber); ok {
			p.LastFourIndex = s.sealer.Index(lastFourIndex, last)
		}
	}
	return p
}

// entryOf opens an entry, but for what is shown to nobody who gives no reason: see Reveal. Nothing of it
// shares memory with the row.
func (s *Store) entryOf(e *db.Entry) (domain.Entry, error) {
	f := s.fieldsOf(e.IdentityKey)
	entry := domain.Entry{
		Row: domain.Row{
			SerialNumber: e.SerialNumber, PersonName: e.PersonName, BirthDate: e.BirthDate,
			IDNumber: f.Unseal("id_number", e.IDNumberSealed), HouseholdPlace: e.HouseholdPlace,
			HomeAddress: f.Unseal("home_address", e.HomeAddressSealed), InSchool: e.InSchool,
			NationalStudentNumber: f.Unseal("national_student_number", e.NationalStudentNumberSealed),
			ProvincialSchool:      e.ProvincialSchool, ProvincialStudentNumber: e.ProvincialStudentNumber,
			ProvincialStudentStatus: e.ProvincialStudentStatus, RegionCode: e.RegionCode, Source: domain.Source(e.Source),
			Flags: flagsOf(e.Flags),
		},
		ID: e.ID, CountyCode: e.CountyCode, RoutingReason: e.RoutingReason, Version: e.RoutingVersion,
		Status: domain.Status(e.Status), Code: e.Code, Revision: e.Revision, CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt,
		Tags: slices.Clone(e.Tags),
	}
	if e.ResponsibleID != nil {
		entry.ResponsibleID = *e.ResponsibleID
	}
	entry.Work = domain.Work{Returned: e.Returned, Duty: e.Duty, Closed: e.Closed, DueKind: e.DueKind, LegalStep: e.LegalStep}
	if e.DueOn.Valid {
		entry.Work.DueOn = e.DueOn.Time
	}
	if e.OutcomeAt != nil {
		entry.FoundAt = *e.OutcomeAt
	}
	extra := f.Unseal("extra_columns", e.ExtraColumnsSealed)
	err := f.Err()
	if err == nil {
		entry.Extra, err = decoded[map[string]string](extra, "")
	}
	if err == nil {
		entry.Suggestions, err = decoded[[]domain.Suggestion](string(e.Suggestions), "[]")
	}
	if err != nil {
		return entry, fmt.Errorf("entry %s: %w", e.ID, err)
	}
	return entry, nil
}

// decoded reads JSON, unless it is what most entries have.
func decoded[T any](text, nothing string) (value T, err error) {
	if text != nothing {
		err = json.Unmarshal([]byte(text), &value)
	}
	return value, err
}

// bigrams are every two characters of a name in a row, each once: names are short, and
// PostgreSQL's trigrams find nothing in two Chinese characters.
func bigrams(name string) []string {
	runes := []rune(name)
	grams := make([]string, 0, len(runes))
	seen := map[string]bool{}
	for i := range len(runes) - 1 {
		if g := string(runes[i : i+2]); !seen[g] {
			seen[g] = true
			grams = append(grams, g)
		}
	}
	return grams
}
