package store

import (
	"context"
	"maps"
	"slices"

	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// head is what an entry has before a finding of it is saved.
type head struct {
	db.GetHeadsRow
	work domain.Work
	// code is the newest finding's.
	code string
}

// heads are those of the saves, in their order.
func (b *batch) heads(ctx context.Context, q *db.Queries) ([]head, error) {
	var asked db.GetHeadsParams
	for i, save := range b.saves {
		asked.Places = append(asked.Places, int32(i))
		asked.EntryIds = append(asked.EntryIds, save.Entry.ID)
		asked.AuthorIds = append(asked.AuthorIds, save.Author.ID)
		asked.RequestIds = append(asked.RequestIds, save.RequestID)
	}
	rows, err := q.GetHeads(ctx, asked)
	if err != nil {
		return nil, err
	}
	heads, uncoded := make([]head, len(b.saves)), map[string]*head{}
	for _, r := range rows {
		id, h := b.saves[r.Place].Entry.ID, &heads[r.Place]
		work, err := workOf(id, r.Work)
		if err != nil {
			return nil, err
		}
		if *h = (head{r, work, work.Code}); h.code == "" && h.Revision > 0 {
			uncoded[id] = h
		}
	}
	return heads, lookUpCodes(ctx, q, uncoded)
}

// lookUpCodes is for heads from before there was a work state.
func lookUpCodes(ctx context.Context, q *db.Queries, heads map[string]*head) error {
	if len(heads) == 0 {
		return nil
	}
	newest, err := q.NewestFindings(ctx, slices.Collect(maps.Keys(heads)))
	for _, f := range newest {
		heads[f.EntryID].code = f.Code
	}
	return err
}
