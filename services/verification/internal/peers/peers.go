// Package peers calls the services that verification needs.
package peers

import (
	"context"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/fault"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// Ledger implements app.Ledger over gRPC.
type Ledger struct {
	// entries calls in the caller's name, projection in the service's own.
	entries    ledgerv1.HandlingServiceClient
	projection ledgerv1.OutcomeProjectionServiceClient
}

// NewLedger returns a client over the two connections.
func NewLedger(asCaller, asService grpc.ClientConnInterface) Ledger {
	return Ledger{
		entries:    ledgerv1.NewHandlingServiceClient(asCaller),
		projection: ledgerv1.NewOutcomeProjectionServiceClient(asService),
	}
}

// Entry implements app.Ledger.
func (l Ledger) Entry(ctx context.Context, id string) (domain.Entry, error) {
	found, err := l.Entries(ctx, []string{id})
	if err != nil {
		return domain.Entry{}, err
	}
	entry, ok := found[id]
	if !ok {
		return domain.Entry{}, domain.ErrEntryNotFound
	}
	return entry, nil
}

// Entries implements app.Ledger.
func (l Ledger) Entries(ctx context.Context, ids []string) (map[string]domain.Entry, error) {
	resp, err := l.entries.BatchGetHandling(ctx, &ledgerv1.BatchGetHandlingRequest{EntryIds: ids})
	if err != nil {
		return nil, err
	}
	known := make(map[string]domain.Entry, len(resp.GetEntries()))
	for _, h := range resp.GetEntries() {
		known[h.GetEntryId()] = entryOf(h)
	}
	found := make(map[string]domain.Entry, len(known))
	for _, id := range ids {
		// The ledger writes an id in one way, whoever asks may write it in another.
		if entry, ok := known[strings.ToLower(id)]; ok {
			found[id] = entry
		}
	}
	return found, nil
}

func entryOf(h *ledgerv1.Handling) domain.Entry {
	entry := domain.Entry{ID: h.GetEntryId(), CountyCode: h.GetCountyCode(), HasStudentNumber: h.GetHasStudentNumber()}
	// A ledger's birth date can be anything; the rules treat what is no date as
	// unknown.
	if birth, err := time.ParseInLocation(time.DateOnly, h.GetBirthDate(), domain.Shanghai); err == nil {
		entry.BirthDate = birth
	}
	return entry
}

// Project implements app.Ledger.
func (l Ledger) Project(ctx context.Context, saved []app.Saved) error {
	req := &ledgerv1.ApplyOutcomesRequest{}
	for _, s := range saved {
		if f := s.Finding; f.Revision > 0 {
			req.Outcomes = append(req.Outcomes, &ledgerv1.Outcome{
				EntryId: f.EntryID, Revision: int32(f.Revision), Code: f.Code, OccurTime: timestamppb.New(f.At),
			})
		}
		if w := s.State; w.Version > 0 {
			req.WorkStates = append(req.WorkStates, &ledgerv1.WorkState{
				EntryId: w.EntryID, WorkVersion: w.Version, Returned: w.Returned, Duty: string(w.Duty), Closed: w.Closed(),
				DueOn: w.DueDay(), DueKind: string(w.DueKind), LegalStep: w.LegalStep,
			})
		}
		if t := s.Tagging; t.Version > 0 {
			req.TagStates = append(req.TagStates, &ledgerv1.TagState{EntryId: t.EntryID, TagsVersion: t.Version, Tags: t.Names()})
		}
	}
	_, err := l.projection.ApplyOutcomes(ctx, req)
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
