package demoledger

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Source is the 数据类别 a row belongs to, as the wire contracts name it.
type Source string

// The notice's three sources.
const (
	NationalSuspected       Source = "NATIONAL_SUSPECTED"
	PopulationWithoutRecord Source = "POPULATION_WITHOUT_RECORD"
	PovertyUnmatched        Source = "POVERTY_UNMATCHED"
)

// Line is what the generator knows about one row of the sheet.
type Line struct {
	// Row is the sheet's row number; the header is row 1.
	Row    int     `json:"row"`
	Source Source  `json:"source"`
	Spoils []Spoil `json:"spoils,omitempty"` // in the order of Shares
	// RoutedTo is the county of today that has to handle the row, or "" for
	// the province's own queue.
	RoutedTo string `json:"routed_to"`
	// DuplicateOf is the first row of the same child: in the same source for
	// DUPLICATE, in another one for DUPLICATE_OTHER_SOURCE; otherwise 0.
	DuplicateOf int `json:"duplicate_of,omitempty"`
}

// Has tells whether the row carries kind.
func (l Line) Has(kind Spoil) bool {
	for _, k := range l.Spoils {
		if k == kind {
			return true
		}
	}
	return false
}

// Record is the generator's account of one ledger.
type Record struct {
	Seed  uint64 `json:"seed"`
	Rows  int    `json:"rows"`
	Lines []Line `json:"lines"` // one per data row, in sheet order
}

// Counts returns how many rows carry each kind; every kind is present.
func (r *Record) Counts() map[Spoil]int {
	out := make(map[Spoil]int, len(shares))
	for _, s := range shares {
		out[s.Kind] = 0
	}
	for _, l := range r.Lines {
		for _, k := range l.Spoils {
			out[k]++
		}
	}
	return out
}

// RowsOf returns the sheet row numbers that carry kind, ascending.
func (r *Record) RowsOf(kind Spoil) []int {
	var out []int
	for _, l := range r.Lines {
		if l.Has(kind) {
			out = append(out, l.Row)
		}
	}
	return out
}

// Routing returns how many rows go to each county; "" is the province's queue.
func (r *Record) Routing() map[string]int {
	out := map[string]int{}
	for _, l := range r.Lines {
		out[l.RoutedTo]++
	}
	return out
}

// Entries is how many ledger entries an import of the workbook must leave: a
// DUPLICATE updates the entry of its first row, every other row is its own.
func (r *Record) Entries() int { return len(r.Lines) - r.Counts()[Duplicate] }

var csvHead = []string{"row", "source", "routed_to", "duplicate_of", "spoils"}

// WriteCSV writes one line per data row, clean rows included.
func (r *Record) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	if err := c.Write(csvHead); err != nil {
		return err
	}
	for _, l := range r.Lines {
		dup := ""
		if l.DuplicateOf != 0 {
			dup = strconv.Itoa(l.DuplicateOf)
		}
		kinds := make([]string, len(l.Spoils))
		for i, k := range l.Spoils {
			kinds[i] = string(k)
		}
		err := c.Write([]string{strconv.Itoa(l.Row), string(l.Source), l.RoutedTo, dup, strings.Join(kinds, " ")})
		if err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// ReadCSV reads what WriteCSV wrote. The seed is not in it.
func ReadCSV(rd io.Reader) (*Record, error) {
	c := csv.NewReader(rd)
	c.FieldsPerRecord = len(csvHead)
	rows, err := c.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	if len(rows) == 0 || strings.Join(rows[0], ",") != strings.Join(csvHead, ",") {
		return nil, fmt.Errorf("read record: the first line is not %s", strings.Join(csvHead, ","))
	}
	r := &Record{Rows: len(rows) - 1, Lines: make([]Line, 0, len(rows)-1)}
	for i, f := range rows[1:] {
		l := Line{Source: Source(f[1]), RoutedTo: f[2]}
		if l.Row, err = strconv.Atoi(f[0]); err != nil {
			return nil, fmt.Errorf("read record line %d: %w", i+2, err)
		}
		if f[3] != "" {
			if l.DuplicateOf, err = strconv.Atoi(f[3]); err != nil {
				return nil, fmt.Errorf("read record line %d: %w", i+2, err)
			}
		}
		for _, k := range strings.Fields(f[4]) {
			l.Spoils = append(l.Spoils, Spoil(k))
		}
		r.Lines = append(r.Lines, l)
	}
	return r, nil
}

// WriteJSON writes the whole record, seed included.
func (r *Record) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }
