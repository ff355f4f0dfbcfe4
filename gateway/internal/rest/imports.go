package rest

import (
	"net/http"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

// maxLedger is as the ledger takes it.
const maxLedger fileLimit = 256 << 20

// imports pass workbooks on to the ledger.
type imports struct {
	service ledgerv1.ImportServiceClient
	answers answers
}

// create answers with the import, which has only begun.
func (i imports) create(w http.ResponseWriter, r *http.Request) {
	created, err := i.send(w, r)
	i.answers.created(w, r, created, err)
}

func (i imports) send(w http.ResponseWriter, r *http.Request) (*ledgerv1.Import, error) {
	part, err := maxLedger.file(w, r, "请选择要导入的文件")
	if err != nil {
		return nil, err
	}
	resp, err := passOn(r, part, maxLedger, i.service.CreateImport,
		&ledgerv1.CreateImportRequest{Part: &ledgerv1.CreateImportRequest_Filename{Filename: filename(part)}},
		func(chunk []byte) *ledgerv1.CreateImportRequest {
			return &ledgerv1.CreateImportRequest{Part: &ledgerv1.CreateImportRequest_Chunk{Chunk: chunk}}
		})
	return resp.GetImport(), err
}
