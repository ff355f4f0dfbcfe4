package audit

import (
	"baoxue.internal/pkg/obs"
	"baoxue.internal/pkg/pg"
)

// Measurements tell whether sealing keeps up.
func (s *Sealer) Measurements() []obs.Measurement {
	return []obs.Measurement{
		{
			Name: "baoxue_audit_unsealed_records", Help: "Records of the audit trail that are not in its chain yet.",
			Measure: pg.Measured(s.pool, `SELECT count(*)::float8 FROM audit_unsealed`),
		},
		{
			// Ids grow with time.
			Name: "baoxue_audit_oldest_seconds", Help: "Age of the record of the audit trail that has waited longest for its seal; 0 when none waits.",
			Measure: pg.Measured(s.pool, `SELECT coalesce(extract(epoch FROM clock_timestamp() - (SELECT r.occurred_at FROM audit_records r
				WHERE r.id = (SELECT record_id FROM audit_unsealed ORDER BY record_id LIMIT 1))), 0)::float8`),
		},
	}
}
