package store

import (
	"context"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// supervise keeps what findings are compared by, and ends the reviews that they leave
// nothing to decide of.
func (s *Store) supervise(ctx context.Context, tx pg.Tx, good []accepted) error {
	var marks db.InsertMarksParams
	var lapsed []string
	for _, a := range good {
		f := a.row
		explanation := []byte{}
		if text := domain.Normalise(a.save.Form.Explanation); text != "" {
			explanation = s.sealer.Index("verification explanation", text)
		}
		marks.EntryIds = append(marks.EntryIds, f.EntryID)
		marks.Revisions = append(marks.Revisions, f.Revision)
		marks.Codes = append(marks.Codes, f.Code)
		marks.PreviousCodes = append(marks.PreviousCodes, a.previous)
		marks.CountyCodes = append(marks.CountyCodes, f.CountyCode)
		marks.AuthorIds = append(marks.AuthorIds, f.AuthorID)
		marks.Under16 = append(marks.Under16, domain.Under16(a.save.Entry.BirthDate, a.save.WitnessDate))
		marks.WitnessDigests = append(marks.WitnessDigests, s.sealer.Index("verification witness", domain.Normalise(a.save.Form.Witness)))
		marks.ExplanationDigests = append(marks.ExplanationDigests, explanation)
		marks.Times = append(marks.Times, f.OccurredAt)
		if a.before.UnderReview && !a.state.UnderReview {
			lapsed = append(lapsed, f.EntryID)
		}
	}
	q := db.New(tx)
	if len(lapsed) > 0 {
		if err := q.LapseReviews(ctx, lapsed); err != nil {
			return err
		}
	}
	return q.InsertMarks(ctx, marks)
}
