package demoledger

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
)

// MaxRows is how many data rows a sheet holds below its header.
const MaxRows = 1_048_575

// Options says which ledger to make.
type Options struct {
	Rows int
	Seed uint64
	// Regions are the divisions to draw from; nil takes the reference table.
	Regions []Region

	pool int // 0 for poolSize; tests make it small to have children repeat often
}

// poolSize bounds how many earlier children a duplicate can be drawn from, and
// with it the memory of a long ledger.
const poolSize = 4096

type generator struct {
	rand  *rand.Rand
	atlas *atlas
	taken map[uint64]struct{}
	pool  []*child // earlier children with a number and a name
	limit int      // of pool
}

// Generate writes the ledger of o to w and returns what it spoiled.
func Generate(w io.Writer, o Options) (*Record, error) {
	if o.Rows < 0 || o.Rows > MaxRows {
		return nil, fmt.Errorf("rows must lie between 0 and %d, not %d", MaxRows, o.Rows)
	}
	regions := o.Regions
	if regions == nil {
		regions = DefaultRegions()
	}
	at, err := newAtlas(regions)
	if err != nil {
		return nil, err
	}
	g := &generator{
		rand:  rand.New(rand.NewPCG(o.Seed, 0x62616f787565)), //nolint:gosec // repeatable on purpose
		atlas: at,
		taken: make(map[uint64]struct{}, o.Rows),
		limit: cmp.Or(o.pool, poolSize),
	}
	rec := &Record{Seed: o.Seed, Rows: o.Rows, Lines: make([]Line, 0, o.Rows)}
	err = writeWorkbook(w, Columns(), o.Rows, func(row int, s styles) []any {
		line, cells := g.row(row, s)
		rec.Lines = append(rec.Lines, line)
		return cells
	})
	if err != nil {
		return nil, err
	}
	return rec, nil
}

// row makes the next row; row is its number in the sheet.
func (g *generator) row(row int, s styles) (Line, []any) {
	doubled := choose(g.rand, 1, Duplicate, DuplicateOtherSource)
	var c *child
	source, first := 0, 0
	if doubled == Duplicate {
		c, source, first = g.again()
	}
	if doubled == DuplicateOtherSource {
		c, source, first = g.elsewhere()
	}
	switch {
	case c == nil:
		// Near the head of the file there may be nobody to repeat.
		doubled, first = "", 0
		c, source = g.newChild(), g.drawSource()
		c.typing[source] = g.newTyping(c, source)
		c.rows[source] = row
		g.remember(c)
	case doubled == DuplicateOtherSource:
		c.typing[source] = g.newTyping(c, source)
		c.rows[source] = row
	case g.rand.IntN(2) == 0:
		changed := *c
		g.vary(&changed)
		changed.typing[source] = g.newTyping(&changed, source)
		c = &changed
	}
	t := &c.typing[source]
	line := Line{
		Row:         row,
		Source:      sources[source].source,
		Spoils:      t.spoils(c, doubled),
		RoutedTo:    g.atlas.route(c.region),
		DuplicateOf: first,
	}
	return line, cells(c, source, row-1, s)
}

func (g *generator) drawSource() int {
	u := g.rand.Float64()
	for i, s := range sources {
		if u < s.part {
			return i
		}
		u -= s.part
	}
	return len(sources) - 1
}

func (g *generator) remember(c *child) {
	switch {
	case c.id == "" || c.name == "":
	case len(g.pool) < g.limit:
		g.pool = append(g.pool, c)
	case g.rand.IntN(8) == 0:
		// Replacing seldom keeps some children around for a long stretch, so
		// that a duplicate may stand far below its first row.
		g.pool[g.rand.IntN(g.limit)] = c
	}
}

// again picks a child to list a second time in a source it is already in.
func (g *generator) again() (*child, int, int) {
	if len(g.pool) == 0 {
		return nil, 0, 0
	}
	c := pick(g.rand, g.pool)
	start := g.rand.IntN(len(sources))
	for i := range sources {
		if s := (start + i) % len(sources); c.rows[s] != 0 {
			return c, s, c.rows[s]
		}
	}
	return nil, 0, 0
}

// elsewhere picks a child to list in a source it is not in yet.
func (g *generator) elsewhere() (*child, int, int) {
	for range 8 {
		if len(g.pool) == 0 {
			break
		}
		c := pick(g.rand, g.pool)
		first := 0
		for _, r := range c.rows {
			if r != 0 && (first == 0 || r < first) {
				first = r
			}
		}
		start := g.rand.IntN(len(sources))
		for i := range sources {
			if s := (start + i) % len(sources); c.rows[s] == 0 {
				return c, s, first
			}
		}
	}
	return nil, 0, 0
}
