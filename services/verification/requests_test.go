package verification_test

import (
	"sync"
	"testing"

	"github.com/google/uuid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// atOnce saves all at the same time and returns the answers in their order.
func atOnce(t *testing.T, save func(app.Save) (domain.Finding, error), all []app.Save) ([]domain.Finding, []error) {
	t.Helper()
	answers, errs := make([]domain.Finding, len(all)), make([]error, len(all))
	var group sync.WaitGroup
	for i, s := range all {
		group.Go(func() { answers[i], errs[i] = save(s) })
	}
	group.Wait()
	return answers, errs
}

// A gateway that lost the answer sends again while the first is still being saved.
func TestARetryDuringTheFirstTryAnswersTheSame(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	retries := make([]app.Save, 8)
	entry := uuid.NewString()
	for i := range retries {
		retries[i] = saving(entry, "li", "r1", "A1", 0)
	}
	answers, errs := atOnce(t, func(save app.Save) (domain.Finding, error) { return s.Save(ctx, save) }, retries)
	for i, err := range errs {
		if err != nil || answers[i] != answers[0] {
			t.Errorf("answer %+v, %v, another was %+v", answers[i], err, answers[0])
		}
	}
	var events int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM outbox WHERE subject LIKE '%outcome_changed%'").Scan(&events); err != nil || events != 1 {
		t.Errorf("%d events, %v", events, err)
	}
}

// Two entries lock apart: only the request itself can tell.
func TestOneRequestForTwoEntriesAtOnceIsOneFinding(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	for range 20 {
		request, entries := uuid.NewString(), []string{uuid.NewString(), uuid.NewString()}
		_, errs := atOnce(t, func(save app.Save) (domain.Finding, error) { return s.Save(ctx, save) }, []app.Save{
			saving(entries[0], "li", request, "A1", 0), saving(entries[1], "li", request, "A1", 0),
		})
		won := 0
		for i, err := range errs {
			found, listErr := s.ListFindings(ctx, entries[i])
			switch {
			case listErr != nil:
				t.Fatal(listErr)
			case err == nil && len(found) == 1:
				won++
			case !fault.Is(err, "REQUEST_ID_REUSED") || len(found) != 0:
				t.Errorf("%v, %d findings", err, len(found))
			}
		}
		if won != 1 {
			t.Fatalf("%d of the two are saved", won)
		}
	}
	var events int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM outbox WHERE subject LIKE '%outcome_changed%'").Scan(&events); err != nil || events != 20 {
		t.Errorf("%d events, %v", events, err)
	}
}
