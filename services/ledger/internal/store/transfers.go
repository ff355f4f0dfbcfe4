package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

func (s *Store) transferFields(id string) *seal.Fields {
	return seal.NewFields(s.sealer, "transfer "+id)
}

// ProposeTransfer implements app.TransferStore.
func (s *Store) ProposeTransfer(ctx context.Context, scope domain.Scope, entryID string, offer domain.Offer) (domain.Transfer, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return domain.Transfer{}, fmt.Errorf("transfer: %w", err)
	}
	var made db.EntryTransfer
	err = s.write(ctx, scope, func(tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.LockEntry(ctx, db.LockEntryParams{ID: entryID, ScopeFrom: scope.From(), ScopeTo: scope.To()})
		if errors.Is(err, pgx.ErrNoRows) {
			return domain.ErrNotFound
		}
		if err != nil {
			return err
		}
		e, err := s.entryOf(&row)
		if err != nil {
			return err
		}
		child, err := json.Marshal(e.Shown())
		if err != nil {
			return err
		}
		f := s.transferFields(id.String())
		p := db.InsertTransferParams{
			ID: id.String(), EntryID: entryID, FromCounty: row.CountyCode, ToCounty: offer.To, Proposer: offer.Proposer,
			ChildSealed: f.Seal("child", string(child)), ReasonSealed: f.Seal("reason", offer.Reason),
			DueOn: offer.DueOn,
		}
		if err := f.Err(); err != nil {
			return err
		}
		made, err = q.InsertTransfer(ctx, p)
		if errors.Is(err, pgx.ErrNoRows) {
			return domain.ErrTransferOpen
		}
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, transferred("propose", made))
	})
	if err != nil {
		return domain.Transfer{}, fmt.Errorf("offering entry %s: %w", entryID, err)
	}
	return s.transferOf(made)
}

// EndTransfer implements app.TransferStore. The entry is another county's until it is
// accepted, so that the transaction is the province's; whose transfer it is, is asked for.
func (s *Store) EndTransfer(ctx context.Context, scope domain.Scope, id string, end domain.TransferEnd) (domain.Transfer, error) {
	var ended db.EntryTransfer
	err := s.write(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.LockTransfer(ctx, db.LockTransferParams{ID: id, ScopeFrom: scope.From(), ScopeTo: scope.To()})
		if errors.Is(err, pgx.ErrNoRows) {
			return domain.ErrNoTransfer
		}
		if err != nil {
			return err
		}
		was, err := s.transferOf(row)
		if err != nil {
			return err
		}
		if err := end.Ends(&was); err != nil {
			return err
		}
		f := s.transferFields(id)
		ended, err = q.EndTransfer(ctx, db.EndTransferParams{
			ID: id, State: int16(end.State), Answerer: end.Answerer, AnswerSealed: f.Seal("answer", end.Answer),
		})
		if err := errors.Join(err, f.Err()); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, transferred(endings[end.State], ended)); err != nil || end.State != domain.TransferAccepted {
			return err
		}
		_, err = move(ctx, tx, domain.ProvinceScope(), domain.Move{
			EntryID: was.EntryID, To: was.To, RoutingReason: "TRANSFERRED", Reason: inHistory, Actor: end.Answerer,
		})
		return err
	})
	if err != nil {
		return domain.Transfer{}, fmt.Errorf("ending transfer %s: %w", id, err)
	}
	s.committed()
	return s.transferOf(ended)
}

// inHistory stands in the history of a child that was handed over; why, which may tell
// where the child lives, is sealed in the transfer.
const inHistory = "县（市、区）间移交"

// endings are how the audit trail calls what a county does.
var endings = map[domain.TransferState]string{
	domain.TransferAccepted: "accept", domain.TransferRejected: "reject", domain.TransferWithdrawn: "withdraw",
}

// ListTransfers implements app.TransferStore.
func (s *Store) ListTransfers(ctx context.Context, scope domain.Scope, f app.TransferFilter, before string, most int) ([]domain.Transfer, error) {
	var rows []db.EntryTransfer
	err := s.read(ctx, scope, func(tx pgx.Tx) (err error) {
		rows, err = db.New(tx).ListTransfers(ctx, db.ListTransfersParams{
			Before: before, ScopeFrom: scope.From(), ScopeTo: scope.To(), OnlyState: int16(f.State), Overdue: f.Overdue, Today: f.Today,
			Most: int32(most),
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing transfers: %w", err)
	}
	transfers := make([]domain.Transfer, len(rows))
	for i, row := range rows {
		if transfers[i], err = s.transferOf(row); err != nil {
			return nil, err
		}
	}
	return transfers, nil
}

func (s *Store) transferOf(r db.EntryTransfer) (domain.Transfer, error) {
	f := s.transferFields(r.ID)
	t := domain.Transfer{
		Offer: domain.Offer{To: r.ToCounty, Reason: f.Unseal("reason", r.ReasonSealed), Proposer: r.Proposer, DueOn: r.DueOn},
		ID:    r.ID, EntryID: r.EntryID, From: r.FromCounty, State: domain.TransferState(r.State),
		Answerer: r.Answerer, Answer: f.Unseal("answer", r.AnswerSealed), CreatedAt: r.CreatedAt,
	}
	if r.EndedAt != nil {
		t.EndedAt = *r.EndedAt
	}
	child := f.Unseal("child", r.ChildSealed)
	if err := f.Err(); err != nil {
		return t, fmt.Errorf("transfer %s: %w", r.ID, err)
	}
	if err := json.Unmarshal([]byte(child), &t.Child); err != nil {
		return t, fmt.Errorf("transfer %s: %w", r.ID, err)
	}
	return t, nil
}
