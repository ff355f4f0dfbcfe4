package reporting

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"baoxue.internal/pkg/bus"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/circular"
	"baoxue.internal/services/reporting/internal/events"
	"baoxue.internal/services/reporting/internal/hooks"
	"baoxue.internal/services/reporting/internal/peers"
	"baoxue.internal/services/reporting/internal/server"
	"baoxue.internal/services/reporting/internal/store"
	"baoxue.internal/services/reporting/internal/workbook"
)

// buildFigures makes what counts: progress, months, bulletins.
func (s *Service) buildFigures(c Config) {
	ledger, verification, divisions := peers.NewLedger(c.Ledger), peers.NewVerification(c.Verification), peers.NewRegions(c.RegionAuth)
	show := app.Show{Store: s.store, Divisions: divisions, Live: app.NewLive(s.store, divisions), Now: time.Now}
	closing := app.Closing{
		Store: s.store, Runs: s.store, Sources: []app.Watermark{ledger, verification}, Truth: ledger, Reviews: verification, Applied: applied{c.Bus},
		Buried: buried{bus.Graveyard{Pool: s.pool}}, Divisions: divisions, Now: time.Now, Log: c.Log,
	}
	reports := app.Reports{Store: s.store, Show: show}
	issuing := app.Issuing{Store: s.store, Show: show, Reports: reports, Page: circular.Page, Word: circular.Word, Workbook: workbook.Bulletin}
	s.months = &server.Months{
		Closing: closing, Show: show, Cells: app.Cells{Store: s.store, Names: peers.NewEntries(c.LedgerAsCaller)},
		Rerun:   app.Rerun{Store: s.store, Divisions: divisions, Log: c.Log, Replay: events.Replay(c.Bus, factBatch)},
		Rebuild: app.Rebuild{Store: s.store, Replay: events.ReplayAfter(c.Bus, factBatch), Applied: closing.Applied, Log: c.Log},
		Issuing: issuing, Audit: s.trail.Now,
	}
	s.reports = &server.CountyReports{Reports: reports}
	s.bulletins = &server.Bulletins{Issuing: issuing}
	s.progress = &server.Progress{Show: show}
	s.monthly = app.Schedule{Close: closing.Close, ClosedUntil: s.store.ClosedUntil, After: c.CloseAfter, Every: closeEvery, Now: time.Now, Log: c.Log}
}

// buildExports makes what leaves as files.
func (s *Service) buildExports(c Config) {
	entries, verification := peers.NewEntries(c.LedgerAsCaller), peers.NewVerification(c.Verification)
	s.exports = &server.Exports{
		Findings: verification, Masked: peers.Masked{Findings: verification}, Entries: entries.Open,
		Workbook: workbook.NewEntries, CSV: workbook.NewEntriesCSV, Words: peers.NewWords(c.Ledger, c.RegionAuth).Of, Audit: s.trail.Now,
	}
	s.background = &server.Background{
		UseCase: &app.Background{Store: store.Exports{Store: s.store, Sealer: s.keyring}, Now: time.Now, Log: c.Log},
		Exports: s.exports, Count: entries.Count,
	}
	s.lists = &server.Lists{
		Orders:    verificationv1.NewSupervisionOrderServiceClient(c.VerificationAsCaller),
		Inbox:     verificationv1.NewInboxServiceClient(c.VerificationAsCaller),
		Transfers: ledgerv1.NewTransferServiceClient(c.LedgerAsCaller),
		Imports:   ledgerv1.NewImportServiceClient(c.LedgerAsCaller),
		Reviews:   verificationv1.NewReviewServiceClient(c.VerificationAsCaller), Signals: verificationv1.NewSignalServiceClient(c.VerificationAsCaller),
		Users: authv1.NewUserServiceClient(c.RegionAuthAsCaller), Regions: regionv1.NewRegionServiceClient(c.RegionAuthAsCaller),
		Trails: map[string]server.SearchTrail{
			"ledger": trailOf(c.LedgerAsCaller), "verification": trailOf(c.VerificationAsCaller), "regionauth": trailOf(c.RegionAuthAsCaller),
			"reporting": s.trail.SearchRecords,
		},
		Months: s.months, Reports: s.reports, Webhooks: &server.Webhooks{UseCase: s.webhooks},
		Divisions: peers.NewRegions(c.RegionAuth), Workbook: workbook.NewList, Audit: s.trail.Now,
	}
}

// trailOf is the trail of another service, which applies its rule to the caller itself.
func trailOf(conn grpc.ClientConnInterface) server.SearchTrail {
	trail := auditv1.NewAuditServiceClient(conn)
	return func(ctx context.Context, req *auditv1.SearchRecordsRequest) (*auditv1.SearchRecordsResponse, error) {
		return trail.SearchRecords(ctx, req)
	}
}

// buildWebhooks makes what calls other systems.
func (s *Service) buildWebhooks(c Config) {
	kept := store.Webhooks{Store: s.store, Sealer: s.keyring}
	poster, woken := hooks.NewPoster(c.WebhookNetworks, nil), make(chan struct{}, 1)
	s.webhooks = app.Webhooks{
		Store: kept, Tellings: kept, Divisions: peers.NewRegions(c.RegionAuth), Reachable: poster.Reachable, Sample: events.Sample,
		Wake: waking(woken), Now: time.Now,
	}
	s.deliver = app.Deliver{Queue: kept, Poster: poster, Woken: woken, Now: time.Now, Log: c.Log}
}

// waking tells that something waits, once however often it is told before somebody looks.
func waking(woken chan<- struct{}) func() {
	return func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	}
}

// buried are the facts that could not be applied: what webhooks were not told changes no figure.
type buried struct{ graveyard bus.Graveyard }

func (b buried) Count(ctx context.Context, sequence uint64) (int, error) {
	return b.graveyard.CountUntil(ctx, events.Durable, sequence)
}

// applied waits for reporting's own consumer.
type applied struct{ bus *bus.Bus }

func (a applied) WaitApplied(ctx context.Context, sequence uint64) error {
	return a.bus.WaitApplied(ctx, events.Durable, sequence)
}
