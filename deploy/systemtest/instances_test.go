package systemtest

import (
	"sync"
	"testing"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

// Two instances of every program work on one ledger: what one imports or saves the other shows at once, and of
// closes at the same moment each has a number of its own.
func TestTwoInstancesOfEachWorkTogether(t *testing.T) {
	one := separate(t)
	two := one.another(t)
	as := func(user string) []overREST {
		return []overREST{{t, one.http, one.login(t, user)}, {t, two.http, two.login(t, user)}}
	}
	province, county := as("zhejiang"), as("xihu")
	var group sync.WaitGroup
	for i, p := range province {
		book, _ := generated(t, 1500, uint64(80+i))
		group.Go(func() { p.importFile("下发台账.xlsx", book) })
	}
	group.Wait()
	pending := &ledgerv1.ListEntriesRequest{Tab: ledgerv1.Tab_TAB_PENDING, PageSize: 100}
	for i, e := range county[0].list(pending).GetEntries() {
		saves, looks := county[i%2], county[(i+1)%2]
		group.Go(func() {
			if _, err := saves.submit(workingAway(e)); err != nil {
				t.Error(err)
				return
			}
			for _, left := range looks.list(pending).GetEntries() {
				if left.GetId() == e.GetId() {
					t.Errorf("%s was saved here, and is pending there", e.GetId())
				}
			}
		})
	}
	group.Wait()
	month := thisMonth()
	numbers := make([]int32, 4)
	for i := range numbers {
		group.Go(func() {
			closed, err := province[i%2].closeMonth(month)
			if err != nil {
				t.Error(err)
			}
			numbers[i] = closed.GetSnapshot().GetNumber()
		})
	}
	group.Wait()
	seen := map[int32]bool{}
	for _, n := range numbers {
		if seen[n] || n < 1 || n > int32(len(numbers)) {
			t.Errorf("snapshots %v", numbers)
		}
		seen[n] = true
	}
}
