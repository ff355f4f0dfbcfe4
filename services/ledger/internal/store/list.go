package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// where builds the condition of a selection. Only what the filter names becomes
// a condition, so that the planner sees which index serves.
func (store *Store) where(s app.Selection) (condition string, args []any) {
	add := func(format string, value any) string {
		args = append(args, value)
		return fmt.Sprintf(format, len(args))
	}
	// The caller's scope comes first and is always there.
	conditions := []string{add("county_code >= $%d", s.Scope.From()), add("county_code <= $%d", s.Scope.To())}
	if s.Region != domain.WholeProvince {
		conditions = append(conditions, add("county_code >= $%d", s.Region.From), add("county_code <= $%d", s.Region.To))
	}
	switch s.Tab {
	case app.TabPending:
		conditions = append(conditions, "status = 1")
	case app.TabHandled:
		conditions = append(conditions, "status IN (2, 3)")
	case app.TabAll:
	}
	if s.Status != 0 {
		conditions = append(conditions, add("status = $%d", int16(s.Status)))
	}
	if s.Code != "" {
		conditions = append(conditions, add("code = $%d", s.Code))
	}
	if s.Source != domain.SourceUnspecified {
		conditions = append(conditions, add("source = $%d", int16(s.Source)))
	}
	if s.Name != "" {
		conditions = append(conditions, add("strpos(person_name, $%d) > 0", s.Name))
		// The index narrows it down to the names that have all the pairs.
		if pairs := bigrams(s.Name); len(pairs) > 0 {
			conditions = append(conditions, add("id IN (SELECT entry_id FROM entry_search WHERE name_bigrams @> $%d)", pairs))
		}
	}
	if s.IDNumber != "" {
		conditions = append(conditions, add("id IN (SELECT entry_id FROM entry_search WHERE id_number_index = $%d)",
			store.sealer.Index(numberIndex, s.IDNumber)))
	}
	if s.LastFour != "" {
		conditions = append(conditions, add("id IN (SELECT entry_id FROM entry_search WHERE last_four_index = $%d)",
			store.sealer.Index(lastFourIndex, s.LastFour)))
	}
	if s.Responsible != "" {
		conditions = append(conditions, add("responsible_id = $%d", s.Responsible))
	}
	return strings.Join(conditions, " AND "), args
}

// ListEntries implements app.EntryReader.
func (s *Store) ListEntries(ctx context.Context, sel app.Selection, after string, most int) (entries []domain.Entry, total int, err error) {
	condition, args := s.where(sel)
	err = s.read(ctx, sel.Scope, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM entries WHERE "+condition, args...).Scan(&total); err != nil {
			return err
		}
		page := fmt.Sprintf("SELECT * FROM entries WHERE %s AND id > $%d ORDER BY id LIMIT $%d", condition, len(args)+1, len(args)+2)
		rows, err := tx.Query(ctx, page, append(args, after, most)...)
		if err != nil {
			return err
		}
		entries, err = pgx.CollectRows(rows, s.scanEntry)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("listing entries: %w", err)
	}
	return entries, total, nil
}

const streamBatch = 500

// StreamEntries implements app.EntryReader: one statement, read as the receiver
// takes it.
func (s *Store) StreamEntries(ctx context.Context, sel app.Selection, yield func([]domain.Entry) error) error {
	// Recorded before anything leaves: who breaks off has seen it all the same.
	if err := audit.AppendNow(ctx, s.pool, streamed(sel)); err != nil {
		return err
	}
	condition, args := s.where(sel)
	err := s.read(ctx, sel.Scope, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT * FROM entries WHERE "+condition+" ORDER BY id", args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		batch := make([]domain.Entry, 0, streamBatch)
		for rows.Next() {
			e, err := s.scanEntry(rows)
			if err != nil {
				return err
			}
			if batch = append(batch, e); len(batch) == streamBatch {
				if err := yield(batch); err != nil {
					return err
				}
				batch = batch[:0]
			}
		}
		if err := rows.Err(); err != nil || len(batch) == 0 {
			return err
		}
		return yield(batch)
	})
	if err != nil {
		return fmt.Errorf("streaming entries: %w", err)
	}
	return nil
}

func (s *Store) scanEntry(row pgx.CollectableRow) (domain.Entry, error) {
	e, err := pgx.RowToStructByPos[db.Entry](row)
	if err != nil {
		return domain.Entry{}, err
	}
	return s.entryOf(e)
}
