package store

import (
	"reflect"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// eachEntry opens rows that begin with all columns of entries, in the table's order, and passes them
// on one by one; what each row has besides is scanned into the targets. Every row is scanned into the
// same memory, and what is sealed is opened where the driver received it: lists are read more than
// anything else, and copying rows was half of what their reading took.
func (s *Store) eachEntry(rows pgx.Rows, yield func(domain.Entry) error, besides ...any) error {
	defer rows.Close()
	var row db.Entry
	targets := append(columnsOf(&row), besides...)
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		e, err := s.entryOf(&row)
		if err != nil {
			return err
		}
		if err := yield(e); err != nil {
			return err
		}
	}
	return rows.Err()
}

// collectEntries opens all; room is for as many as are expected.
func (s *Store) collectEntries(rows pgx.Rows, room int, besides ...any) ([]domain.Entry, error) {
	entries := make([]domain.Entry, 0, room)
	err := s.eachEntry(rows, func(e domain.Entry) error {
		entries = append(entries, e)
		return nil
	}, besides...)
	return entries, err
}

// columnsOf are the fields of a row by position. Bytes are the driver's own, until the next row.
func columnsOf(row *db.Entry) []any {
	fields := reflect.ValueOf(row).Elem()
	columns := make([]any, fields.NumField())
	for i := range columns {
		columns[i] = fields.Field(i).Addr().Interface()
		if b, ok := columns[i].(*[]byte); ok {
			columns[i] = (*pgtype.DriverBytes)(b)
		}
	}
	return columns
}
