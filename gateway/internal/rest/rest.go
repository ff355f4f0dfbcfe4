// Package rest translates HTTP to the contract's gRPC services and back. It
// holds no rule of the domain and no state.
package rest

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"

	"baoxue.internal/pkg/fault"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

const (
	// answerWithin bounds a call, and how long a download may take to begin: a
	// connection waits for a service that is being restarted, but not for ever.
	answerWithin = time.Minute
	// rereadWithin bounds what reads the whole stream of events: minutes for a million children.
	rereadWithin = 2 * time.Hour
	// maxJSON bounds the body of everything but an upload.
	maxJSON = 1 << 20
)

// Config is gateway.Config with the page to serve.
type Config struct {
	RegionAuth, Ledger, Verification, Reporting grpc.ClientConnInterface

	Log      *slog.Logger
	Ready    func(context.Context) error
	Registry *prometheus.Registry
	Bundle   fs.FS
	// TrustedProxies may say in X-Forwarded-For whom they speak for.
	TrustedProxies []netip.Prefix
	// NoWatermark shows no watermark with the user's name on the page.
	NoWatermark bool
}

// marshaler writes every field, so that a client needs no defaults of its own,
// and refuses fields that it does not know: a misspelt field must not be taken
// for an absent one.
var marshaler = hotMarshaler{&runtime.JSONPb{
	MarshalOptions:   protojson.MarshalOptions{EmitDefaultValues: true},
	UnmarshalOptions: protojson.UnmarshalOptions{DiscardUnknown: false},
}}

// New builds the handler.
func New(c Config) (http.Handler, error) {
	if c.Registry == nil {
		c.Registry = prometheus.NewRegistry()
	}
	if c.Ready == nil {
		c.Ready = func(context.Context) error { return nil }
	}
	answers := answers{log: c.Log}
	api, err := newAPI(c, answers)
	if err != nil {
		return nil, err
	}
	description, err := describe()
	if err != nil {
		return nil, err
	}
	observe, err := newObserver(c.Registry)
	if err != nil {
		return nil, err
	}
	downloads := downloads{
		imports: ledgerv1.NewImportServiceClient(c.Ledger),
		exports: reportingv1.NewExportServiceClient(c.Reporting),
		files:   reportingv1.NewBackgroundExportServiceClient(c.Reporting),
		lists:   reportingv1.NewListExportServiceClient(c.Reporting),
		months:  reportingv1.NewMonthServiceClient(c.Reporting),
		answers: answers, log: c.Log, now: time.Now,
	}
	trails := trails{downloads: downloads, services: map[string]auditv1.AuditServiceClient{}}
	for service, conn := range map[string]grpc.ClientConnInterface{
		"ledger": c.Ledger, "verification": c.Verification, "regionauth": c.RegionAuth, "reporting": c.Reporting,
	} {
		trails.services[service] = auditv1.NewAuditServiceClient(conn)
	}
	page := page{bundle: c.Bundle, assets: newAssets(c.Bundle), answers: answers, unmarked: c.NoWatermark}
	keys := jwks{auth: authv1.NewAuthServiceClient(c.RegionAuth), answers: answers}

	ledgers := imports{service: downloads.imports, answers: answers}

	files := evidence{service: verificationv1.NewEvidenceServiceClient(c.Verification), downloads: downloads, answers: answers}

	lists := worklists{service: verificationv1.NewWorklistServiceClient(c.Verification), downloads: downloads, answers: answers}

	chains := findingChains{downloads: downloads, service: verificationv1.NewFindingChainServiceClient(c.Verification)}

	pages := notices{
		service: verificationv1.NewNoticeServiceClient(c.Verification), months: reportingv1.NewMonthServiceClient(c.Reporting), answers: answers,
	}

	mux := http.NewServeMux()
	mux.Handle("/v1/entries/{entry}/return-notice.html", observe("api", private(answers.get(pages.returning))))
	mux.Handle("POST /v1/entries/{entry}/evidence", observe("upload", private(http.HandlerFunc(files.add))))
	mux.Handle("/v1/entries/{entry}/evidence/{id}", observe("download", private(answers.get(files.get))))
	mux.Handle("POST /v1/imports", observe("upload", private(http.HandlerFunc(ledgers.create))))
	mux.Handle("/v1/worklist.xlsx", observe("download", private(answers.get(lists.export))))
	mux.Handle("POST /v1/findings:batch", observe("upload", private(http.HandlerFunc(lists.upload))))
	mux.Handle("/v1/findings/chain.jsonl", observe("download", private(answers.get(chains.export))))
	mux.Handle("/v1/findingBatches/{id}/marked.xlsx", observe("download", private(answers.get(lists.marked))))
	for _, e := range []export{entriesXLSX, entriesCSV, ministryXLSX} {
		mux.Handle("/v1/exports/"+e.plainName, observe("download", private(answers.get(downloads.entries(e)))))
	}
	for _, f := range listFiles {
		mux.Handle("/v1/exports/"+f.plainName, observe("download", private(answers.get(downloads.list(f)))))
	}
	mux.Handle("/v1/exports/{id}/file", observe("download", private(answers.get(downloads.exported))))
	mux.Handle("/v1/imports/{id}/issues.xlsx", observe("download", private(answers.get(downloads.issues))))
	mux.Handle("/v1/months/{month}/bulletin.xlsx", observe("download", private(answers.get(downloads.bulletin))))
	mux.Handle("/v1/months/{month}/bulletin.docx", observe("download", private(answers.get(downloads.bulletinDocument))))
	mux.Handle("/v1/months/{month}/bulletin.html", observe("api", private(answers.get(pages.bulletin))))
	mux.Handle("/v1/audit/{service}/records", observe("api", private(bounded(answerWithin, answers.get(trails.search)))))
	mux.Handle("/v1/audit/{service}/records.xlsx", observe("download", private(answers.get(trails.workbook))))
	mux.Handle("/v1/audit/{service}/records.jsonl", observe("download", private(answers.get(trails.export))))
	for _, path := range []string{"/v1/months:rerun", "/v1/figures:rebuild"} {
		mux.Handle(path, observe("api", private(bounded(rereadWithin, api))))
	}
	mux.Handle("/v1/", observe("api", private(bounded(answerWithin, api))))
	mux.Handle("/openapi.json", answers.get(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(description)
	}))
	mux.Handle("/.well-known/jwks.json", observe("keys", bounded(answerWithin, answers.get(keys.serve))))
	mux.Handle("/healthz", answers.get(func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") }))
	mux.Handle("/readyz", answers.get(func(w http.ResponseWriter, r *http.Request) {
		if err := c.Ready(r.Context()); err != nil {
			c.Log.WarnContext(r.Context(), "not ready", "error", err)
			plain(w, http.StatusServiceUnavailable, "not ready")
			return
		}
		plain(w, http.StatusOK, "ready")
	}))
	mux.Handle("/metrics", promhttp.HandlerFor(c.Registry, promhttp.HandlerOpts{Registry: c.Registry}))
	mux.Handle("/docs", answers.get(page.docs))
	mux.Handle("/", answers.get(page.app))
	return moving(patience, c.identified(secured(c.browsers(answers, mux)))), nil
}

func newAPI(c Config, answers answers) (http.Handler, error) {
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, marshaler),
		runtime.WithErrorHandler(func(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
			answers.fail(w, r.WithContext(ctx), err)
		}),
		runtime.WithRoutingErrorHandler(func(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, status int) {
			answers.misrouted(w, r, status)
		}),
		runtime.SetQueryParameterParser(queryParser{}),
		// An answer of known length is one write less than one in chunks.
		runtime.WithWriteContentLength(),
		// Nothing of a request but its Authorization goes to the services, and
		// none of their metadata comes out: a header must not become metadata
		// that a service trusts.
		runtime.WithIncomingHeaderMatcher(drop), runtime.WithOutgoingHeaderMatcher(drop), runtime.WithOutgoingTrailerMatcher(drop),
		// A POST is never taken for a GET.
		runtime.WithDisablePathLengthFallback(), runtime.WithDisableHTTPMethodOverride(),
	)
	ctx := context.Background()
	for _, err := range []error{
		authv1.RegisterAuthServiceHandlerClient(ctx, mux, authv1.NewAuthServiceClient(c.RegionAuth)),
		authv1.RegisterUserServiceHandlerClient(ctx, mux, authv1.NewUserServiceClient(c.RegionAuth)),
		authv1.RegisterServiceAccountServiceHandlerClient(ctx, mux, authv1.NewServiceAccountServiceClient(c.RegionAuth)),
		regionv1.RegisterRegionServiceHandlerClient(ctx, mux, regionv1.NewRegionServiceClient(c.RegionAuth)),
		ledgerv1.RegisterTransferServiceHandlerClient(ctx, mux, ledgerv1.NewTransferServiceClient(c.Ledger)),
		ledgerv1.RegisterImportServiceHandlerClient(ctx, mux, ledgerv1.NewImportServiceClient(c.Ledger)),
		verificationv1.RegisterSupervisionOrderServiceHandlerClient(ctx, mux, verificationv1.NewSupervisionOrderServiceClient(c.Verification)),
		verificationv1.RegisterVisitServiceHandlerClient(ctx, mux, verificationv1.NewVisitServiceClient(c.Verification)),
		verificationv1.RegisterLegalStepServiceHandlerClient(ctx, mux, verificationv1.NewLegalStepServiceClient(c.Verification)),
		verificationv1.RegisterWorkServiceHandlerClient(ctx, mux, verificationv1.NewWorkServiceClient(c.Verification)),
		verificationv1.RegisterWorklistServiceHandlerClient(ctx, mux, verificationv1.NewWorklistServiceClient(c.Verification)),
		verificationv1.RegisterEvidenceServiceHandlerClient(ctx, mux, verificationv1.NewEvidenceServiceClient(c.Verification)),
		verificationv1.RegisterReviewServiceHandlerClient(ctx, mux, verificationv1.NewReviewServiceClient(c.Verification)),
		verificationv1.RegisterInboxServiceHandlerClient(ctx, mux, verificationv1.NewInboxServiceClient(c.Verification)),
		verificationv1.RegisterSignalServiceHandlerClient(ctx, mux, verificationv1.NewSignalServiceClient(c.Verification)),
		reportingv1.RegisterMonthServiceHandlerClient(ctx, mux, reportingv1.NewMonthServiceClient(c.Reporting)),
		reportingv1.RegisterBackgroundExportServiceHandlerClient(ctx, mux, reportingv1.NewBackgroundExportServiceClient(c.Reporting)),
		reportingv1.RegisterWebhookServiceHandlerClient(ctx, mux, reportingv1.NewWebhookServiceClient(c.Reporting)),
		reportingv1.RegisterBulletinServiceHandlerClient(ctx, mux, reportingv1.NewBulletinServiceClient(c.Reporting)),
		reportingv1.RegisterCountyReportServiceHandlerClient(ctx, mux, reportingv1.NewCountyReportServiceClient(c.Reporting)),
		reportingv1.RegisterProgressServiceHandlerClient(ctx, mux, reportingv1.NewProgressServiceClient(c.Reporting)),
		// The multiplexer tries the last first: these are called the most.
		verificationv1.RegisterFindingServiceHandlerClient(ctx, mux, verificationv1.NewFindingServiceClient(c.Verification)),
		ledgerv1.RegisterLedgerServiceHandlerClient(ctx, mux, ledgerv1.NewLedgerServiceClient(c.Ledger)),
	} {
		if err != nil {
			return nil, fmt.Errorf("registering the REST interface: %w", err)
		}
	}
	return mux, nil
}

func drop(string) (string, bool) { return "", false }

// get lets a handler answer GET and HEAD only.
func (a answers) get(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			a.misrouted(w, r, http.StatusMethodNotAllowed)
			return
		}
		next(w, r)
	})
}

// bounded gives a call a deadline and its body a limit.
func bounded(within time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), within)
		defer cancel()
		body := &limitedBody{ReadCloser: http.MaxBytesReader(w, r.Body, maxJSON)}
		r = r.WithContext(ctx)
		r.Body = body
		next.ServeHTTP(w, r)
	})
}

// limitedBody says in our words that a body is too large.
type limitedBody struct{ io.ReadCloser }

func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if tooLarge(err) {
		err = fault.New(fault.Invalid, "INVALID_REQUEST", bodyTooLarge)
	}
	return n, err
}

func plain(w http.ResponseWriter, status int, line string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, line+"\n")
}
