package audit

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"

	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

var uuidShape = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// exportBatch records are sent in one message.
const exportBatch = 500

// server implements AuditService for the trail of any service.
type server struct {
	auditv1.UnimplementedAuditServiceServer
	pool    *pgxpool.Pool
	service string
	words   Words
}

// SearchRecords implements AuditService.
func (s *server) SearchRecords(ctx context.Context, req *auditv1.SearchRecordsRequest) (*auditv1.SearchRecordsResponse, error) {
	records, next, err := search(ctx, s.pool, s.service, req)
	if err != nil {
		return nil, err
	}
	return &auditv1.SearchRecordsResponse{
		Records: records, NextPageToken: next, ActionNames: s.words.Actions, ResourceNames: s.words.Resources,
		DetailNames: s.words.Details, ValueNames: s.words.Values,
	}, nil
}

// ExportRecords implements AuditService. The export is itself recorded, after
// the place where it ends; asking only for the head is not.
func (s *server) ExportRecords(req *auditv1.ExportRecordsRequest, stream grpc.ServerStreamingServer[auditv1.ExportRecordsResponse]) error {
	ctx := stream.Context()
	head, err := readHead(ctx, s.pool)
	if err != nil {
		return err
	}
	answer := &auditv1.ExportRecordsResponse{HeadSequence: head.Sequence, HeadDigest: head.Digest}
	after := req.GetAfterSequence()
	if after >= head.Sequence {
		return stream.Send(answer)
	}
	if err := AppendNow(ctx, s.pool, Record{Action: "audit.export", ResourceType: "trail", ResourceID: s.service, Details: map[string]string{
		"after": strconv.FormatInt(after, 10), "until": strconv.FormatInt(head.Sequence, 10),
	}}); err != nil {
		return err
	}
	for after < head.Sequence {
		answer.Records, err = query(ctx, s.pool, s.service,
			fmt.Sprintf(sealedRecords, `WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3`), after, head.Sequence, exportBatch)
		if err != nil {
			return err
		}
		if len(answer.GetRecords()) == 0 {
			// Somebody got around the triggers. The file will end early, and
			// verification says so.
			return fmt.Errorf("audit: %s: no record after %d, the head is %d", s.service, after, head.Sequence)
		}
		if err := stream.Send(answer); err != nil {
			return err
		}
		after = answer.GetRecords()[len(answer.GetRecords())-1].GetSequence()
	}
	return nil
}
