package pg

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// textUUIDs sends uuids that are Go strings as the sixteen bytes they stand for, in arrays and
// copies, too. The driver's own codec cannot: it fails on every value, and gets there by the
// value's text.
type textUUIDs struct{ pgtype.UUIDCodec }

// PlanEncode implements pgtype.Codec.
func (c textUUIDs) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, text := value.(string); text && format == pgtype.BinaryFormatCode {
		return textUUID{}
	}
	return c.UUIDCodec.PlanEncode(m, oid, format, value)
}

type textUUID struct{}

// Encode implements pgtype.EncodePlan.
func (textUUID) Encode(value any, buf []byte) ([]byte, error) {
	id, err := uuid.Parse(value.(string)) //nolint:forcetypeassert // PlanEncode has seen it
	if err != nil {
		return nil, err
	}
	return append(buf, id[:]...), nil
}

func registerUUIDs(conn *pgx.Conn) {
	one := &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: textUUIDs{}}
	conn.TypeMap().RegisterType(one)
	conn.TypeMap().RegisterType(&pgtype.Type{Name: "_uuid", OID: pgtype.UUIDArrayOID, Codec: &pgtype.ArrayCodec{ElementType: one}})
}
