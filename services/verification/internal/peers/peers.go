// Package peers calls the services that verification needs.
package peers

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/fault"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/verification/internal/domain"
)

// Ledger implements app.Ledger over gRPC.
type Ledger struct {
	// entries calls in the caller's name, projection in the service's own.
	entries    ledgerv1.LedgerServiceClient
	projection ledgerv1.ProjectionServiceClient
	works      ledgerv1.WorkProjectionServiceClient
}

// NewLedger returns a client over the two connections.
func NewLedger(asCaller, asService grpc.ClientConnInterface) Ledger {
	return Ledger{
		entries:    ledgerv1.NewLedgerServiceClient(asCaller),
		projection: ledgerv1.NewProjectionServiceClient(asService),
		works:      ledgerv1.NewWorkProjectionServiceClient(asService),
	}
}

// Entry implements app.Ledger.
func (l Ledger) Entry(ctx context.Context, id string) (domain.Entry, error) {
	resp, err := l.entries.GetEntry(ctx, &ledgerv1.GetEntryRequest{Id: id})
	if err != nil {
		return domain.Entry{}, err
	}
	e := resp.GetEntry()
	entry := domain.Entry{
		ID: e.GetId(), CountyCode: e.GetCountyCode(),
		HasStudentNumber: e.GetNationalStudentNumber() != "" || e.GetProvincialStudentNumber() != "",
	}
	// A ledger's birth date can be anything; the rules treat what is no date as
	// unknown.
	if birth, err := time.ParseInLocation(time.DateOnly, e.GetBirthDate(), domain.Shanghai); err == nil {
		entry.BirthDate = birth
	}
	return entry, nil
}

// Project implements app.Ledger.
func (l Ledger) Project(ctx context.Context, f domain.Finding) error {
	_, err := l.projection.ApplyOutcome(ctx, &ledgerv1.ApplyOutcomeRequest{
		EntryId: f.EntryID, Revision: int32(f.Revision), Code: f.Code, OccurTime: timestamppb.New(f.At),
	})
	return err
}

// ProjectWork implements app.Projection.
func (l Ledger) ProjectWork(ctx context.Context, s domain.WorkState) error {
	_, err := l.works.ApplyWork(ctx, &ledgerv1.ApplyWorkRequest{
		EntryId: s.EntryID, WorkVersion: s.Version, Returned: s.Returned, Duty: string(s.Duty), Closed: s.Closed(),
		DueOn: s.DueDay(), DueKind: string(s.DueKind),
	})
	return err
}

// Regions implements app.Regions over gRPC.
type Regions struct {
	client regionv1.RegionServiceClient
	// known are codes that were asked for. History is added to, never edited: a code
	// that was ever valid stays known, and there are some thousand.
	known sync.Map
}

// NewRegions returns a client over a connection in the service's own name.
func NewRegions(conn grpc.ClientConnInterface) *Regions {
	return &Regions{client: regionv1.NewRegionServiceClient(conn)}
}

// Known implements app.Regions.
func (r *Regions) Known(ctx context.Context, code string) (bool, error) {
	if _, known := r.known.Load(code); known {
		return true, nil
	}
	_, err := r.client.GetRegion(ctx, &regionv1.GetRegionRequest{Code: code})
	if f := fault.As(err); f != nil && (f.Kind == fault.NotFound || f.Kind == fault.Invalid) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.known.Store(code, struct{}{})
	return true, nil
}
