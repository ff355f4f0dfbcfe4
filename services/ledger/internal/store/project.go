package store

import (
	"context"
	"slices"
	"strings"

	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/store/db"
)

// news is what verification tells of entries.
type news struct {
	outcomes []app.Outcome
	works    []app.Work
	taggings []app.Tagging
}

// project adds the outcomes to the history and moves the entries forwards. It asks for no answer: all of
// it is one message.
func project(ctx context.Context, q *db.Queries, n news) error {
	steps, tags := stepsOf(n.outcomes, n.works), tagsOf(n.taggings)
	if len(steps.Ids)+len(tags.Ids) == 0 {
		return nil
	}
	if err := q.HoldEntries(ctx, slices.Concat(steps.Ids, tags.Ids)); err != nil {
		return err
	}
	if len(n.outcomes) > 0 {
		if err := q.InsertOutcomes(ctx, history(n.outcomes)); err != nil {
			return err
		}
	}
	if len(steps.Ids) > 0 {
		if err := q.Project(ctx, steps); err != nil {
			return err
		}
	}
	if len(tags.Ids) > 0 {
		return q.ProjectTags(ctx, tags)
	}
	return nil
}

// tagsOf has each entry once, with the newest.
func tagsOf(taggings []app.Tagging) (p db.ProjectTagsParams) {
	newest := make(map[string]app.Tagging, len(taggings))
	for _, t := range taggings {
		if t.Version > newest[t.EntryID].Version {
			newest[t.EntryID] = t
		}
	}
	for id, t := range newest {
		p.Ids = append(p.Ids, id)
		p.Versions = append(p.Versions, t.Version)
		p.Tags = append(p.Tags, strings.Join(t.Tags, ","))
	}
	return p
}

func history(outcomes []app.Outcome) (p db.InsertOutcomesParams) {
	for _, o := range outcomes {
		p.EntryIds = append(p.EntryIds, o.EntryID)
		p.Revisions = append(p.Revisions, o.Revision)
		p.Codes = append(p.Codes, o.Code)
		p.Times = append(p.Times, o.At)
	}
	return p
}

// step is the newest that is told of an entry; what is not told is of revision or version 0.
type step struct {
	outcome app.Outcome
	work    app.Work
}

// stepsOf has each entry once. How far it is, PostgreSQL knows.
func stepsOf(outcomes []app.Outcome, works []app.Work) (p db.ProjectParams) {
	steps := make(map[string]step, len(outcomes)+len(works))
	for _, o := range outcomes {
		if s := steps[o.EntryID]; o.Revision > s.outcome.Revision {
			s.outcome = o
			steps[o.EntryID] = s
		}
	}
	for _, w := range works {
		if s := steps[w.EntryID]; w.Version > s.work.Version {
			s.work = w
			steps[w.EntryID] = s
		}
	}
	for id, s := range steps {
		p.Ids = append(p.Ids, id)
		p.Revisions = append(p.Revisions, s.outcome.Revision)
		p.Codes = append(p.Codes, s.outcome.Code)
		p.Times = append(p.Times, s.outcome.At)
		p.Versions = append(p.Versions, s.work.Version)
		p.Returned = append(p.Returned, s.work.Returned)
		p.Duties = append(p.Duties, s.work.Duty)
		p.Closed = append(p.Closed, s.work.Closed)
		p.DueOn = append(p.DueOn, s.work.DueOn)
		p.DueKinds = append(p.DueKinds, s.work.DueKind)
		p.LegalSteps = append(p.LegalSteps, s.work.LegalStep)
	}
	return p
}
