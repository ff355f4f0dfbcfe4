package pg

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// Encoder is a transaction whose Execs only encode what they are given, for another transaction to
// run: while that one is busy with some rows, the next are made ready. What Exec returns says nothing
// but that the arguments are what the statement takes. Queries go at once.
type Encoder struct {
	pgx.Tx
	ready Encoded
	// sizes are how much each statement last took, in bytes: without it the memory for a
	// thousand rows is outgrown, and copied, a dozen times.
	sizes map[string]int
}

// NewEncoder returns an encoder that asks tx what the statements take.
func NewEncoder(tx pgx.Tx) *Encoder { return &Encoder{Tx: tx, sizes: map[string]int{}} }

// Exec encodes the statement.
func (e *Encoder) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	// Both sides know a statement by its text.
	described, err := e.Conn().Prepare(ctx, sql, sql)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	s, err := e.encode(described, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	e.ready = append(e.ready, s)
	return pgconn.CommandTag{}, nil
}

func (e *Encoder) encode(described *pgconn.StatementDescription, args []any) (encoded, error) {
	s := encoded{sql: described.SQL, values: make([][]byte, len(args)), formats: make([]int16, len(args))}
	if len(args) != len(described.ParamOIDs) {
		return s, fmt.Errorf("encoding: %d arguments for %d parameters", len(args), len(described.ParamOIDs))
	}
	types, bytes, ends := e.Conn().TypeMap(), make([]byte, 0, e.sizes[s.sql]), make([]int, len(args))
	for i, arg := range args {
		oid := described.ParamOIDs[i]
		s.formats[i] = formatOf(types, oid, arg)
		more, err := types.Encode(oid, s.formats[i], arg, bytes)
		if err != nil {
			return s, fmt.Errorf("encoding argument %d: %w", i+1, err)
		}
		if ends[i] = null; more != nil {
			bytes, ends[i] = more, len(more)
		}
	}
	begin := 0
	for i, end := range ends {
		if end != null {
			s.values[i], begin = bytes[begin:end:end], end
		}
	}
	e.sizes[s.sql] = len(bytes) + len(bytes)/8
	return s, nil
}

// null ends an argument that is NULL, which has no bytes, not even none.
const null = -1

// formatOf is what the driver itself would send: texts as they are, and what it can in binary.
func formatOf(types *pgtype.Map, oid uint32, arg any) int16 {
	if _, text := arg.(string); text {
		return pgtype.TextFormatCode
	}
	return types.FormatCodeForOID(oid)
}

// Take returns what was encoded since it was last taken.
func (e *Encoder) Take() Encoded {
	ready := e.ready
	e.ready = nil
	return ready
}

// Encoded are statements that can be run on any connection to the database they were encoded for.
type Encoded []encoded

type encoded struct {
	sql     string
	values  [][]byte
	formats []int16
}

// Run sends all statements together, in their order, and returns the first error.
func (e Encoded) Run(ctx context.Context, tx pgx.Tx) error {
	if len(e) == 0 {
		return nil
	}
	conn := tx.Conn()
	described := make([]*pgconn.StatementDescription, len(e))
	for i, s := range e {
		var err error
		if described[i], err = conn.Prepare(ctx, s.sql, s.sql); err != nil {
			return err
		}
	}
	pipeline := conn.PgConn().StartPipeline(ctx)
	for i, s := range e {
		pipeline.SendQueryStatement(described[i], s.values, s.formats, nil)
	}
	err := pipeline.Sync()
	for i := 0; i < len(e) && err == nil; i++ {
		err = readNext(pipeline)
	}
	// It reads what is left: only then the connection can be used again.
	if closeErr := pipeline.Close(); err == nil {
		err = closeErr
	}
	return err
}

func readNext(pipeline *pgconn.Pipeline) error {
	results, err := pipeline.GetResults()
	if err != nil {
		return err
	}
	reader, ok := results.(*pgconn.ResultReader)
	if !ok {
		return fmt.Errorf("a statement's result is a %T", results)
	}
	_, err = reader.Close()
	return err
}
