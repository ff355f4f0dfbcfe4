package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// filePiece is how much of a file is sealed and stored at once.
const filePiece = 256 << 10

// pieceContext binds a piece to its place in its file.
func pieceContext(importID string, piece int32) string {
	return fmt.Sprintf("ledger import file %s %d", importID, piece)
}

// KeepFile implements app.ImportStore. What is kept of an import that fails goes with it.
func (s *Store) KeepFile(ctx context.Context, importID string, file io.Reader) error {
	buffer := make([]byte, filePiece)
	err := s.write(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
		q := db.New(tx)
		for piece := int32(0); ; piece++ {
			n, err := io.ReadFull(file, buffer)
			ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
			if err != nil && !ended {
				return err
			}
			sealed, err := s.sealer.Seal(string(buffer[:n]), pieceContext(importID, piece))
			if err != nil {
				return err
			}
			if n > 0 {
				if err := q.KeepPiece(ctx, db.KeepPieceParams{ImportID: importID, Piece: piece, Sealed: sealed}); err != nil {
					return err
				}
			}
			if ended {
				return nil
			}
		}
	})
	if err != nil {
		return fmt.Errorf("file of import %s: %w", importID, err)
	}
	return nil
}

// WriteFile implements app.ImportStore.
func (s *Store) WriteFile(ctx context.Context, importID string, to io.Writer) error {
	err := s.read(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
		q := db.New(tx)
		for piece := int32(0); ; piece++ {
			sealed, err := q.GetPiece(ctx, db.GetPieceParams{ImportID: importID, Piece: piece})
			switch {
			case errors.Is(err, pgx.ErrNoRows) && piece == 0:
				return app.ErrFileGone
			case errors.Is(err, pgx.ErrNoRows):
				return nil
			case err != nil:
				return err
			}
			text, err := s.sealer.Unseal(sealed, pieceContext(importID, piece))
			if err != nil {
				return err
			}
			if _, err := io.WriteString(to, text); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return fmt.Errorf("file of import %s: %w", importID, err)
	}
	return nil
}

// DropOldFiles implements app.ImportStore.
func (s *Store) DropOldFiles(ctx context.Context, before time.Time, most int) error {
	err := s.write(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
		return db.New(tx).DropOldFiles(ctx, db.DropOldFilesParams{Before: before, Most: int32(most)})
	})
	if err != nil {
		return fmt.Errorf("old files: %w", err)
	}
	return nil
}

// RecordExport implements app.ImportStore.
func (s *Store) RecordExport(ctx context.Context, importID string) error {
	err := s.write(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
		return audit.Append(ctx, tx, importExported(importID))
	})
	if err != nil {
		return fmt.Errorf("export of import %s: %w", importID, err)
	}
	return nil
}
