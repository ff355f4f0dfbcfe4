package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit/chain"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Records r with their seals s, found by the key: the planner has no say in how. The first are those that
// a condition selects, sealed or not; of the second the inner select is to follow, in the order of the chain.
const (
	anyRecords    = "audit_records r LEFT JOIN LATERAL (SELECT * FROM audit_seals a WHERE a.record_id = r.id LIMIT 1) s ON true "
	sealedRecords = "(SELECT * FROM audit_seals %s) s CROSS JOIN LATERAL (SELECT * FROM audit_records a WHERE a.id = s.record_id LIMIT 1) r ORDER BY s.sequence"
)

// query reads records; from is everything after FROM.
func query(ctx context.Context, db querier, service, from string, args ...any) ([]*auditv1.Record, error) {
	const columns = `SELECT id::text, occurred_at, actor_id, actor_name, address, action, resource_type, resource_id, region_code,
		outcome, reason, request_id, details, coalesce(s.sequence, 0), s.digest, coalesce(s.algorithm, '') FROM `
	rows, err := db.Query(ctx, columns+from, args...)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	records, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*auditv1.Record, error) {
		r := &auditv1.Record{Service: service}
		var at time.Time
		var outcome int16
		err := row.Scan(&r.Id, &at, &r.ActorId, &r.ActorName, &r.Address, &r.Action, &r.ResourceType, &r.ResourceId, &r.RegionCode,
			&outcome, &r.Reason, &r.RequestId, &r.Details, &r.Sequence, &r.Digest, &r.Algorithm)
		r.OccurTime, r.Outcome = timestamppb.New(at), auditv1.Record_Outcome(outcome)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return records, nil
}

// readHead is the zero Head for a chain without records.
func readHead(ctx context.Context, db querier) (chain.Head, error) {
	var head chain.Head
	err := db.QueryRow(ctx, `SELECT sequence, digest FROM audit_seals ORDER BY sequence DESC LIMIT 1`).
		Scan(&head.Sequence, &head.Digest)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return head, fmt.Errorf("audit: head of the chain: %w", err)
	}
	return head, nil
}
