package store_test

import (
	"testing"

	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// Receivers that have stopped taking, paused downloads for instance, keep nobody from anything else, and none
// is refused who waits for the turn.
func TestStreamsThatStandStillLeaveRoomForTheRest(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	distribute(ctx, t, s, child(1, "王明", "330106"))
	entry := all(ctx, t, s)[0]
	const streams = 40
	if connections := pool.Config().MaxConns; connections >= streams {
		t.Fatalf("%d connections are enough for all", connections)
	}
	begun, letGo := make(chan struct{}, streams), make(chan struct{})
	var group errgroup.Group
	for range streams {
		group.Go(func() error {
			return s.StreamEntries(ctx, everything(app.Detail{}), "", func([]domain.Entry) error {
				begun <- struct{}{}
				<-letGo
				return nil
			})
		})
	}
	<-begun
	for range 50 {
		if err := s.ApplyOutcomes(ctx, []app.Outcome{{EntryID: entry.ID, Revision: 1, Code: "A1", At: later(1)}}); err != nil {
			t.Error(err)
			break
		}
	}
	close(letGo)
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	if took := len(begun) + 1; took != streams {
		t.Errorf("%d were served", took)
	}
}
