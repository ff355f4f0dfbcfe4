package rest

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"

	"google.golang.org/genproto/googleapis/api/httpbody"

	"baoxue.internal/pkg/audit/links"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// findingChains are the files that baoxuectl verifies, beside verification's trail, which
// holds their seals.
type findingChains struct {
	downloads
	service verificationv1.FindingChainServiceClient
}

func (c findingChains) export(w http.ResponseWriter, r *http.Request) {
	// A seal covers all entries of its day: part of them could not be verified.
	if query, err := url.ParseQuery(r.URL.RawQuery); err != nil || len(query) > 0 {
		c.answers.misrouted(w, r, http.StatusBadRequest)
		return
	}
	name := "核查结果链-" + c.now().In(beijing).Format("20060102") + ".jsonl"
	c.pass(w, r, "findings.jsonl", name, func(ctx context.Context) (pieces, error) {
		stream, err := c.service.ExportFindingChain(ctx, &verificationv1.ExportFindingChainRequest{})
		if err != nil {
			return nil, err
		}
		begun := false
		return func() (*httpbody.HttpBody, error) {
			part, err := stream.Recv()
			// No finding at all is a file without a line.
			if errors.Is(err, io.EOF) && !begun {
				begun = true
				return &httpbody.HttpBody{ContentType: trailType}, nil
			}
			if err != nil {
				return nil, err
			}
			begun = true
			var text bytes.Buffer
			for _, l := range part.GetLinks() {
				if err := links.Write(&text, links.Line{
					Content: l.GetContent(), Algorithm: l.GetAlgorithm(), Digest: hex.EncodeToString(l.GetDigest()),
				}); err != nil {
					return nil, err
				}
			}
			return &httpbody.HttpBody{ContentType: trailType, Data: text.Bytes()}, nil
		}, nil
	})
}

var chainExportOperation = object{
	"summary":     "下载全部核查结果的校验链，与核查服务的审计记录一起，可用 baoxuectl verify 离线验证；仅省级管理员。",
	"operationId": "FindingChainService_ExportFindingChain", "tags": []string{"FindingChainService"}, "produces": []string{trailType},
	"responses": object{"200": object{"description": "每行一条 JSON", "schema": object{"type": "file"}}, "default": failed},
}
