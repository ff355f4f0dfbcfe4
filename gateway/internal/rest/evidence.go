package rest

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// maxEvidence is as verification takes it.
const maxEvidence fileLimit = 10 << 20

// evidence passes files of findings, visits and steps of the law in and out.
type evidence struct {
	service   verificationv1.EvidenceServiceClient
	downloads downloads
	answers   answers
}

// add stores the form's file. What it is of is in the query: revision, visitId or
// legalStepId.
func (e evidence) add(w http.ResponseWriter, r *http.Request) {
	first := &verificationv1.AddEvidenceRequest{EntryId: r.PathValue("entry")}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		e.answers.misrouted(w, r, http.StatusBadRequest)
		return
	}
	first.VisitId, first.LegalStepId = query.Get("visitId"), query.Get("legalStepId")
	if text := query.Get("revision"); text != "" {
		revision, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			e.answers.misrouted(w, r, http.StatusBadRequest)
			return
		}
		first.Revision = int32(revision)
	}
	added, err := e.send(w, r, first)
	e.answers.created(w, r, added, err)
}

func (e evidence) send(w http.ResponseWriter, r *http.Request, first *verificationv1.AddEvidenceRequest) (*verificationv1.Evidence, error) {
	part, err := maxEvidence.file(w, r, "请选择要上传的文件")
	if err != nil {
		return nil, err
	}
	resp, err := passOn(r, part, maxEvidence, e.service.AddEvidence, first,
		func(chunk []byte) *verificationv1.AddEvidenceRequest {
			return &verificationv1.AddEvidenceRequest{Chunk: chunk}
		})
	return resp.GetEvidence(), err
}

// get downloads a file, always as an attachment: it is never shown as a page of ours.
func (e evidence) get(w http.ResponseWriter, r *http.Request) {
	e.downloads.pass(w, r, "evidence", "证明材料-"+r.PathValue("id"), func(ctx context.Context) (pieces, error) {
		return bodies(e.service.GetEvidence(ctx, &verificationv1.GetEvidenceRequest{
			EntryId: r.PathValue("entry"), Id: r.PathValue("id"),
		}))
	})
}
