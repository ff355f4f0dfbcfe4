package store

import (
	"context"
	"fmt"
	"strings"

	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// where builds the condition of a selection. Only what the filter names becomes
// a condition, so that the planner sees which index serves.
func (s *Store) where(sel app.Selection) (condition string, args []any) {
	var conditions []string
	add := func(format string, value any) {
		args = append(args, value)
		conditions = append(conditions, fmt.Sprintf(format, len(args)))
	}
	// The caller's scope comes first and is always there.
	if sel.Counties.From == sel.Counties.To {
		add("county_code = $%d", sel.Counties.From)
	} else {
		add("county_code >= $%d", sel.Counties.From)
		add("county_code <= $%d", sel.Counties.To)
	}
	switch {
	case len(sel.Statuses) == len(app.AllStatuses):
	case sel.OrReturned:
		add("(status = ANY ($%d) OR returned)", statuses(sel.Kind))
	default:
		add("status = ANY ($%d)", statuses(sel.Kind))
	}
	if sel.Code != "" {
		add("code = $%d", sel.Code)
	}
	if sel.Source != domain.SourceUnspecified {
		add("source = $%d", int16(sel.Source))
	}
	s.search(sel.Detail, add)
	switch sel.Queue {
	case app.QueueNone:
	case app.QueueReturned:
		add("returned = $%d", true)
	case app.QueueOverdue:
		add("due_on < $%d", sel.Today)
	case app.QueueDueSoon:
		add("due_on >= $%d", sel.Today)
		add("due_on <= $%d", sel.Soon)
	case app.QueueDuty:
		add("duty = ANY ($%d)", []string{domain.DutyCreateRecord, domain.DutyChangeStatus})
	case app.QueueFollowUp:
		add("due_kind = $%d", domain.DueFollowUp)
	case app.QueueClosed:
		add("closed = $%d", true)
	case app.QueuePersuading:
		// A range, which the index of the counties and codes has together.
		conditions = append(conditions, "code >= 'A' AND code < 'B'")
	case app.QueueLegal:
		// As few as have one are in an index of their own.
		conditions = append(conditions, "legal_step <> ''")
	}
	if sel.Responsible != "" {
		add("responsible_id = $%d", sel.Responsible)
	}
	if sel.Flags != "" {
		// The second tells the planner that the index of those with flags has them all.
		add("flags @> $%d AND flags <> '{}'", strings.Split(sel.Flags, ","))
	}
	if sel.Tags != "" {
		add("tags @> $%d AND tags <> '{}'", strings.Split(sel.Tags, ","))
	}
	if sel.School != "" {
		add("strpos(provincial_school, $%d) > 0", sel.School)
	}
	if !sel.FoundFrom.IsZero() {
		add("outcome_at >= $%d", sel.FoundFrom)
	}
	if !sel.FoundBefore.IsZero() {
		add("outcome_at < $%d", sel.FoundBefore)
	}
	if sel.ImportID != "" {
		add("import_id = $%d", sel.ImportID)
	}
	return strings.Join(conditions, " AND "), args
}

// search adds what is found through the table beside the entries: first there, whatever the
// planner thinks of the rest.
func (s *Store) search(d app.Detail, add func(format string, value any)) {
	found := func(condition string, value any) {
		add("id = ANY (ARRAY(SELECT entry_id FROM entry_search WHERE "+condition+"))", value)
	}
	if d.Name != "" {
		add("strpos(person_name, $%d) > 0", d.Name)
		// The index narrows it down to the names that have all the pairs.
		if pairs := bigrams(d.Name); len(pairs) > 0 {
			found("name_bigrams @> $%d", pairs)
		}
	}
	if d.IDNumber != "" {
		found("id_number_index = $%d", s.sealer.Index(numberIndex, d.IDNumber))
	}
	if d.LastFour != "" {
		found("last_four_index = $%d", s.sealer.Index(lastFourIndex, d.LastFour))
	}
}

// ListEntries implements app.EntryReader.
func (s *Store) ListEntries(ctx context.Context, sel app.Selection, after app.Place, most int) (entries []domain.Entry, total int, err error) {
	page := s.detailedPage
	switch {
	case sel.Order == app.OrderName:
		page = s.pageByName
	case numberAlone(sel, after):
		page = s.numberedPage
	case sel.IDNumber != "":
		page = s.filteredNumberPage
	case pairAlone(sel):
		page = s.pairedPage
	case sel.Detail == (app.Detail{}):
		page = s.talliedPage
	}
	entries, total, err = page(ctx, sel, after, most)
	if err != nil {
		return nil, 0, fmt.Errorf("listing entries: %w", err)
	}
	return entries, total, nil
}
