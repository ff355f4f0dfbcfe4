package rest

import (
	"context"
	"net/http"
	"net/url"

	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// maxWorklist is as verification takes it.
const maxWorklist fileLimit = 16 << 20

// worklists pass worklists out and, filled in, back.
type worklists struct {
	service   verificationv1.WorklistServiceClient
	downloads downloads
	answers   answers
}

// export takes the list's query, and a reason for numbers in full.
func (l worklists) export(w http.ResponseWriter, r *http.Request) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		l.answers.misrouted(w, r, http.StatusBadRequest)
		return
	}
	req := &verificationv1.ExportWorklistRequest{Reason: query.Get("reason")}
	query.Del("reason")
	if req.Filter, err = filterOf(query); err != nil {
		l.answers.fail(w, r, err)
		return
	}
	name := "核查清单-" + l.downloads.now().In(beijing).Format("20060102") + ".xlsx"
	l.downloads.pass(w, r, "worklist.xlsx", name, func(ctx context.Context) (pieces, error) {
		return bodies(l.service.ExportWorklist(ctx, req))
	})
}

// upload answers with the batch; nothing is saved by it.
func (l worklists) upload(w http.ResponseWriter, r *http.Request) {
	batch, err := l.send(w, r)
	l.answers.created(w, r, batch, err)
}

func (l worklists) send(w http.ResponseWriter, r *http.Request) (*verificationv1.FindingBatch, error) {
	part, err := maxWorklist.file(w, r, "请选择填写好的核查清单")
	if err != nil {
		return nil, err
	}
	resp, err := passOn(r, part, maxWorklist, l.service.CreateFindingBatch, nil,
		func(chunk []byte) *verificationv1.CreateFindingBatchRequest {
			return &verificationv1.CreateFindingBatchRequest{Chunk: chunk}
		})
	return resp.GetBatch(), err
}

func (l worklists) marked(w http.ResponseWriter, r *http.Request) {
	if query, err := url.ParseQuery(r.URL.RawQuery); err != nil || len(query) > 0 {
		l.answers.misrouted(w, r, http.StatusBadRequest)
		return
	}
	l.downloads.pass(w, r, "worklist.xlsx", "核查清单-错误说明.xlsx", func(ctx context.Context) (pieces, error) {
		return bodies(l.service.ExportMarkedWorklist(ctx, &verificationv1.ExportMarkedWorklistRequest{Id: r.PathValue("id")}))
	})
}
