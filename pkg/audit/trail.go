package audit

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/audit/chain"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

// Trail is what a service does with its audit trail besides writing records:
// it seals it, lets it be read, and records refusals.
type Trail struct {
	*Sealer
	pool    *pgxpool.Pool
	service string
	words   Words
	log     *slog.Logger
}

// NewTrail returns the trail of a service whose database is migrated, with words for what it records.
// digest is the setting that chain.ParseAlgorithm reads.
func NewTrail(pool *pgxpool.Pool, service string, words Words, digest string, log *slog.Logger) (*Trail, error) {
	algorithm, err := chain.ParseAlgorithm(digest)
	if err != nil {
		return nil, err
	}
	return &Trail{
		Sealer: NewSealer(pool, service, algorithm, log), pool: pool, service: service, words: words.withEvery(), log: log,
	}, nil
}

// Register adds the AuditService.
func (t *Trail) Register(r grpc.ServiceRegistrar) {
	auditv1.RegisterAuditServiceServer(r, t.server())
}

func (t *Trail) server() *server { return &server{pool: t.pool, service: t.service, words: t.words} }

// SearchRecords is that of the AuditService, for whoever has passed its access rule already.
func (t *Trail) SearchRecords(ctx context.Context, req *auditv1.SearchRecordsRequest) (*auditv1.SearchRecordsResponse, error) {
	return t.server().SearchRecords(ctx, req)
}

// Now writes a record of what has no transaction.
func (t *Trail) Now(ctx context.Context, r Record) error { return AppendNow(ctx, t.pool, r) }

// noteWithin bounds how long an answer waits for its record.
const noteWithin = 2 * time.Second

// Note writes a record like Now, but never fails: what it tells of stands whether
// it can be recorded or not. What can't is an error in the log.
func (t *Trail) Note(ctx context.Context, r Record) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancel()
	if err := AppendNow(ctx, t.pool, r); err != nil {
		t.log.ErrorContext(ctx, "not in the audit trail", "action", r.Action, "resource", r.ResourceID, "reason", r.Reason,
			"subject", rpc.IdentityFrom(ctx).Subject, "request_id", rpc.RequestID(ctx), "error", err)
	}
}

// Refused records that a method refused the caller; it is a server's Refused
// hook.
func (t *Trail) Refused(ctx context.Context, method string, err error) {
	r := Record{
		Action: "call.refused", ResourceType: "method", ResourceID: strings.TrimPrefix(method, "/"),
		Region: rpc.IdentityFrom(ctx).Region, Outcome: Refused, Reason: "INTERNAL",
	}
	if f := fault.As(err); f != nil {
		r.Reason = f.Reason
	}
	t.Note(ctx, r)
}
