package rest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// downloads passes workbooks through as they are made, one message in memory at
// a time.
type downloads struct {
	exports reportingv1.ExportServiceClient
	files   reportingv1.BackgroundExportServiceClient
	lists   reportingv1.ListExportServiceClient
	imports ledgerv1.ImportServiceClient
	months  reportingv1.MonthServiceClient
	answers answers
	log     *slog.Logger
	now     func() time.Time
}

// The offices work by Beijing time, whatever the server's zone; it has had no
// summer time since 1991.
var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

// export is a file of entries.
type export struct {
	plainName, name, ending string
	format                  reportingv1.ExportFormat
	layout                  reportingv1.ExportLayout
}

var (
	entriesXLSX  = export{"entries.xlsx", "控辍保学工作台账", ".xlsx", reportingv1.ExportFormat_EXPORT_FORMAT_XLSX, reportingv1.ExportLayout_EXPORT_LAYOUT_WORK}
	entriesCSV   = export{"entries.csv", "控辍保学工作台账", ".csv", reportingv1.ExportFormat_EXPORT_FORMAT_CSV, reportingv1.ExportLayout_EXPORT_LAYOUT_WORK}
	ministryXLSX = export{"ministry.xlsx", "控辍保学台账上报", ".xlsx", reportingv1.ExportFormat_EXPORT_FORMAT_XLSX, reportingv1.ExportLayout_EXPORT_LAYOUT_MINISTRY}
)

// entries exports what the list with the same query shows; a page of it makes
// no sense in a file, so the paging parameters are left out.
func (d downloads) entries(e export) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			d.answers.misrouted(w, r, http.StatusBadRequest)
			return
		}
		req := &reportingv1.ExportEntriesRequest{Format: e.format, Layout: e.layout, Reason: query.Get("reason")}
		query.Del("reason")
		if req.Filter, err = filterOf(query); err != nil {
			d.answers.fail(w, r, err)
			return
		}
		name := e.name + "-" + d.now().In(beijing).Format("20060102") + e.ending
		d.pass(w, r, e.plainName, name, func(ctx context.Context) (pieces, error) {
			return bodies(d.exports.ExportEntries(ctx, req))
		})
	}
}

// exported is a file that was made in the background, named as if it had been fetched at once.
func (d downloads) exported(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	resp, err := d.files.GetExport(asCaller(r.Context(), r), &reportingv1.GetExportRequest{Id: id})
	if err != nil {
		d.answers.fail(w, r, err)
		return
	}
	e := made(resp.GetExport())
	name := e.name + "-" + resp.GetExport().GetCreateTime().AsTime().In(beijing).Format("20060102") + e.ending
	d.pass(w, r, e.plainName, name, func(ctx context.Context) (pieces, error) {
		return bodies(d.files.DownloadExport(ctx, &reportingv1.DownloadExportRequest{Id: id}))
	})
}

var ministryCSV = export{"ministry.csv", ministryXLSX.name, ".csv", reportingv1.ExportFormat_EXPORT_FORMAT_CSV, reportingv1.ExportLayout_EXPORT_LAYOUT_MINISTRY}

// made is the kind of file that was made.
func made(e *reportingv1.Export) export {
	for _, kind := range []export{entriesCSV, ministryXLSX, ministryCSV} {
		if kind.format == e.GetFormat() && kind.layout == e.GetLayout() {
			return kind
		}
	}
	return entriesXLSX
}

// filterOf is what a list with the query selects, whatever the page and the order.
func filterOf(query url.Values) (*ledgerv1.EntryFilter, error) {
	withoutPaging(query)
	filter := &ledgerv1.EntryFilter{}
	if err := (queryParser{}).Parse(filter, query, utilities.NewDoubleArray(nil)); err != nil {
		return nil, badQuery(err)
	}
	return filter, nil
}

var monthShape = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}$`)

func (d downloads) bulletin(w http.ResponseWriter, r *http.Request) {
	req := &reportingv1.GetBulletinWorkbookRequest{}
	if !d.answers.asked(w, r, req) {
		return
	}
	req.Month = r.PathValue("month")
	d.pass(w, r, "bulletin.xlsx", bulletinName(req.GetMonth(), ".xlsx"), func(ctx context.Context) (pieces, error) {
		return bodies(d.months.GetBulletinWorkbook(ctx, req))
	})
}

// bulletinDocument is the bulletin as a .docx.
func (d downloads) bulletinDocument(w http.ResponseWriter, r *http.Request) {
	req := &reportingv1.GetBulletinDocumentRequest{}
	if !d.answers.asked(w, r, req) {
		return
	}
	req.Month = r.PathValue("month")
	d.pass(w, r, "bulletin.docx", bulletinName(req.GetMonth(), ".docx"), func(ctx context.Context) (pieces, error) {
		resp, err := d.months.GetBulletinDocument(ctx, req)
		return inOnePiece(resp.GetDocument()), err
	})
}

func bulletinName(month, ending string) string {
	const name = "控辍保学工作情况通报"
	if !monthShape.MatchString(month) {
		return name + ending
	}
	return name + "-" + month + ending
}

// issues is an imported file with what is odd in its rows.
func (d downloads) issues(w http.ResponseWriter, r *http.Request) {
	if query, err := url.ParseQuery(r.URL.RawQuery); err != nil || len(query) > 0 {
		d.answers.misrouted(w, r, http.StatusBadRequest)
		return
	}
	d.pass(w, r, "issues.xlsx", "导入异常说明.xlsx", func(ctx context.Context) (pieces, error) {
		return bodies(d.imports.ExportImportIssues(ctx, &ledgerv1.ExportImportIssuesRequest{Id: r.PathValue("id")}))
	})
}

// pieces gives a file's parts in order, then io.EOF.
type pieces func() (*httpbody.HttpBody, error)

// bodies are the parts that a service sends as they are.
func bodies(stream grpc.ServerStreamingClient[httpbody.HttpBody], err error) (pieces, error) {
	if err != nil {
		return nil, err
	}
	return stream.Recv, nil
}

func inOnePiece(body *httpbody.HttpBody) pieces {
	given := false
	return func() (*httpbody.HttpBody, error) {
		if given {
			return nil, io.EOF
		}
		given = true
		return body, nil
	}
}

// pass streams a file. Nothing is written before its first piece is there, so
// that a refusal is an error answer; after that a failure breaks the connection,
// so that half a file is never taken for a whole one.
func (d downloads) pass(w http.ResponseWriter, r *http.Request, plainName, name string, open func(context.Context) (pieces, error)) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	late := time.AfterFunc(answerWithin, cancel)
	defer late.Stop()
	next, err := open(asCaller(ctx, r))
	if err != nil {
		d.answers.fail(w, r, began(err, late))
		return
	}
	piece, err := next()
	if errors.Is(err, io.EOF) {
		err = fault.New(fault.Internal, "INTERNAL", renderings[fault.Internal].message)
	}
	if err != nil {
		d.answers.fail(w, r, began(err, late))
		return
	}
	late.Stop()
	h := w.Header()
	h.Set("Content-Type", workbookType)
	if t := piece.GetContentType(); t != "" {
		h.Set("Content-Type", t)
	}
	h.Set("Content-Disposition", disposition(plainName, name))
	if r.Method == http.MethodHead {
		return
	}
	for {
		if _, err := w.Write(piece.GetData()); err != nil {
			return // the client has gone; leaving cancels the stream
		}
		piece, err = next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			d.log.ErrorContext(r.Context(), "download broken off", "error", err, "request_id", rpc.RequestID(r.Context()))
			panic(http.ErrAbortHandler)
		}
	}
}

// disposition names the file in Chinese (RFC 6266) and, for clients that can't
// read that, in ASCII.
func disposition(plainName, name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": plainName}) +
		"; filename*=UTF-8''" + url.PathEscape(name)
}

// badQuery gives the parser's complaint the status that the translation gives
// it elsewhere.
func badQuery(err error) error {
	f := words(fault.Invalid, err)
	explain(f, err.Error())
	return f
}
