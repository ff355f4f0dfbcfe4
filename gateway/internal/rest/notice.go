package rest

import (
	"context"
	"net/http"
	"net/url"

	"google.golang.org/genproto/googleapis/api/httpbody"

	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// printedContentPolicy lets a printed page have its own style, and nothing else.
const printedContentPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// notices are pages to print.
type notices struct {
	service verificationv1.NoticeServiceClient
	months  reportingv1.MonthServiceClient
	answers answers
}

func (n notices) returning(w http.ResponseWriter, r *http.Request) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		n.answers.misrouted(w, r, http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	resp, err := n.service.GetReturnNotice(asCaller(ctx, r), &verificationv1.GetReturnNoticeRequest{
		EntryId: r.PathValue("entry"), Reason: query.Get("reason"),
	})
	if err != nil {
		n.answers.fail(w, r, err)
		return
	}
	printed(w, resp.GetPage())
}

func (n notices) bulletin(w http.ResponseWriter, r *http.Request) {
	req := &reportingv1.GetBulletinPageRequest{}
	if !n.answers.asked(w, r, req) {
		return
	}
	req.Month = r.PathValue("month")
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	resp, err := n.months.GetBulletinPage(asCaller(ctx, r), req)
	if err != nil {
		n.answers.fail(w, r, err)
		return
	}
	printed(w, resp.GetPage())
}

func printed(w http.ResponseWriter, page *httpbody.HttpBody) {
	h := w.Header()
	h.Set("Content-Type", page.GetContentType())
	h.Set("Content-Security-Policy", printedContentPolicy)
	_, _ = w.Write(page.GetData())
}
