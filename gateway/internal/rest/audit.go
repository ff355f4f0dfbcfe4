package rest

import (
	"bytes"
	"context"
	"net/http"
	"net/url"

	"google.golang.org/genproto/googleapis/api/httpbody"

	"baoxue.internal/pkg/audit/chain"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

// trails reads the audit trail of each service. The contract has one service for
// all of them, so that the path has to name whose it is.
type trails struct {
	downloads
	services map[string]auditv1.AuditServiceClient
}

// of reads the request's query into req and finds the trail; without one it has
// answered.
func (t trails) of(w http.ResponseWriter, r *http.Request) (auditv1.AuditServiceClient, url.Values) {
	trail := t.services[r.PathValue("service")]
	if trail == nil {
		t.answers.misrouted(w, r, http.StatusNotFound)
		return nil, nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		t.answers.misrouted(w, r, http.StatusBadRequest)
		return nil, nil
	}
	return trail, query
}

func (t trails) search(w http.ResponseWriter, r *http.Request) {
	trail, query := t.of(w, r)
	if trail == nil {
		return
	}
	req := &auditv1.SearchRecordsRequest{}
	if !t.answers.read(w, r, query, req) {
		return
	}
	resp, err := trail.SearchRecords(asCaller(r.Context(), r), req)
	if err != nil {
		t.answers.fail(w, r, err)
		return
	}
	text, err := marshaler.Marshal(resp)
	if err != nil {
		t.answers.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// A client that has gone needs no answer.
	_, _ = w.Write(text)
}

// workbook is a search as a file, whole.
func (t trails) workbook(w http.ResponseWriter, r *http.Request) {
	trail, query := t.of(w, r)
	if trail == nil {
		return
	}
	withoutPaging(query)
	service, records := r.PathValue("service"), &auditv1.SearchRecordsRequest{}
	if !t.answers.read(w, r, query, records) {
		return
	}
	name := "审计记录-" + service + "-" + t.now().In(beijing).Format("20060102") + ".xlsx"
	t.pass(w, r, "audit-"+service+".xlsx", name, func(ctx context.Context) (pieces, error) {
		return bodies(t.lists.ExportAuditRecords(ctx, &reportingv1.ExportAuditRecordsRequest{Service: service, Records: records}))
	})
}

const trailType = "application/jsonl"

// export is the file that baoxuectl verifies.
func (t trails) export(w http.ResponseWriter, r *http.Request) {
	trail, query := t.of(w, r)
	if trail == nil {
		return
	}
	// Part of a chain could not be verified.
	if len(query) > 0 {
		t.answers.misrouted(w, r, http.StatusBadRequest)
		return
	}
	service := r.PathValue("service")
	now := t.now()
	name := "审计记录-" + service + "-" + now.In(beijing).Format("20060102") + ".jsonl"
	t.pass(w, r, "audit-"+service+".jsonl", name, func(ctx context.Context) (pieces, error) {
		stream, err := trail.ExportRecords(ctx, &auditv1.ExportRecordsRequest{})
		if err != nil {
			return nil, err
		}
		begun := false
		return func() (*httpbody.HttpBody, error) {
			part, err := stream.Recv()
			if err != nil {
				return nil, err
			}
			var text bytes.Buffer
			if !begun {
				begun = true
				err = chain.WriteHeader(&text, chain.Header{Service: service, ExportedAt: now.UTC(), HeadSequence: part.GetHeadSequence()})
			}
			if err == nil {
				err = chain.WriteRecords(&text, part.GetRecords())
			}
			return &httpbody.HttpBody{ContentType: trailType, Data: text.Bytes()}, err
		}, nil
	})
}

var (
	trailParameter = object{
		"name": "service", "in": "path", "required": true, "type": "string", "enum": []any{"ledger", "verification", "regionauth", "reporting"},
	}
	auditSearchOperation = object{
		"summary": "按条件查询某一服务的审计记录，新的在前；仅省级管理员。", "operationId": "AuditService_SearchRecords", "tags": []string{"AuditService"},
		"parameters": []any{
			trailParameter,
			object{"name": "pageSize", "in": "query", "type": "integer", "format": "int32", "description": "最多 200，默认 50"},
			object{"name": "pageToken", "in": "query", "type": "string"},
			object{"name": "fromTime", "in": "query", "type": "string", "format": "date-time"},
			object{"name": "untilTime", "in": "query", "type": "string", "format": "date-time", "description": "不含"},
			object{"name": "actorId", "in": "query", "type": "string"},
			object{"name": "action", "in": "query", "type": "string", "description": "完整的操作名，或以点结尾的前缀，如 user."},
			object{"name": "resourceId", "in": "query", "type": "string"},
			object{"name": "regionCode", "in": "query", "type": "string"},
			object{"name": "outcome", "in": "query", "type": "string", "enum": []any{"OUTCOME_DONE", "OUTCOME_REFUSED"}},
		},
		"responses": object{
			"200": object{"description": "A successful response.", "schema": object{"type": "object", "properties": object{
				"records":       object{"type": "array", "items": object{"$ref": "#/definitions/v1AuditRecord"}},
				"nextPageToken": object{"type": "string"},
				"actionNames":   namesSchema("该服务每种操作的中文名称"),
				"resourceNames": namesSchema("对象类别的中文名称"),
			}}},
			"default": failed,
		},
	}
	auditExportOperation = object{
		"summary":     "下载某一服务已入链的全部审计记录，可用 baoxuectl audit verify 离线验证；仅省级管理员。",
		"operationId": "AuditService_ExportRecords", "tags": []string{"AuditService"}, "produces": []string{trailType},
		"parameters": []any{trailParameter},
		"responses":  object{"200": object{"description": "每行一条 JSON，首行为文件头", "schema": object{"type": "file"}}, "default": failed},
	}
	auditRecordSchema = object{"type": "object", "properties": object{
		"id": textSchema, "service": textSchema, "occurTime": object{"type": "string", "format": "date-time"}, "actorId": textSchema, "actorName": textSchema,
		"address": textSchema, "action": textSchema, "resourceType": textSchema, "resourceId": textSchema, "regionCode": textSchema,
		"outcome": object{"type": "string", "enum": []any{"OUTCOME_DONE", "OUTCOME_REFUSED"}}, "reason": textSchema, "requestId": textSchema,
		"details":   object{"type": "object", "additionalProperties": textSchema},
		"sequence":  object{"type": "string", "format": "int64", "description": "链中序号，从 1 起连续；0 为尚未入链"},
		"digest":    object{"type": "string", "format": "byte", "description": "本条与前一条的链式校验值"},
		"algorithm": object{"type": "string", "description": "SHA-256 或 SM3"},
	}}
	textSchema = object{"type": "string"}
)

func namesSchema(description string) object {
	return object{"type": "object", "additionalProperties": textSchema, "description": description}
}
