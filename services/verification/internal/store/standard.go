package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// LoadStandard implements app.StandardStore.
func (s *Store) LoadStandard(ctx context.Context, from time.Time, codes []domain.Code) error {
	p := db.LoadStandardParams{ValidFrom: from}
	for i, c := range codes {
		p.Codes = append(p.Codes, c.Code)
		p.Names = append(p.Names, c.Name)
		p.Explanations = append(p.Explanations, c.Explanation)
		p.Actions = append(p.Actions, int16(c.Action))
		p.Positions = append(p.Positions, int16(i+1))
	}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		if err := db.New(tx).LoadStandard(ctx, p); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Record{
			Action: "standard.load", ResourceType: "standard", ResourceID: from.Format(time.DateOnly),
			Details: map[string]string{"codes": strconv.Itoa(len(codes))},
		})
	})
	if pg.IsUniqueViolation(err, "finding_codes_pkey") {
		return domain.ErrStandardThere
	}
	if err != nil {
		return fmt.Errorf("loading the standard of %s: %w", from.Format(time.DateOnly), err)
	}
	return nil
}
