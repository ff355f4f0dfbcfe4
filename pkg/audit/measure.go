package audit

import (
	"baoxue.internal/pkg/obs"
	"baoxue.internal/pkg/pg"
)

// Measurements tell whether sealing keeps up.
func (s *Sealer) Measurements() []obs.Measurement {
	// Ids grow with time.
	const waiting = `SELECT ARRAY[count(*), coalesce(extract(epoch FROM clock_timestamp() - (SELECT r.occurred_at FROM audit_records r
			WHERE r.id = (SELECT record_id FROM audit_unsealed ORDER BY record_id LIMIT 1))), 0)]::float8[]
		FROM audit_unsealed`
	return []obs.Measurement{pg.Measured(
		s.pool, waiting,
		obs.Figure{Name: "baoxue_audit_unsealed_records", Help: "Records of the audit trail that are not in its chain yet."},
		obs.Figure{Name: "baoxue_audit_oldest_seconds", Help: "Age of the record of the audit trail that has waited longest for its seal; 0 when none waits."},
	)}
}
