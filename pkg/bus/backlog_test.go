package bus_test

import (
	"context"
	"testing"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/testkit"
)

// A backlog has what the consumer receives and has not applied, and is as old as the first of it; what others receive
// is not in it.
func TestABacklogIsWhatIsNotApplied(t *testing.T) {
	b, _ := broker(t, t.TempDir())
	ctx := testkit.Context(t)
	outcomes := []string{"baoxue.verification.v1.outcome_changed.>", "baoxue.verification.v1.nobody.>"}
	if _, err := b.Backlog(ctx, "outcomes", outcomes); err == nil {
		t.Error("a consumer that there is not has a backlog")
	}
	blocked, apply := make(chan struct{}), make(chan struct{})
	handle := func(ctx context.Context, _ []bus.Event) error {
		blocked <- struct{}{}
		select {
		case <-apply:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	consume(t, b, bus.ConsumerOptions{Durable: "outcomes", Subjects: outcomes, Batch: 1, DeadLetters: grave{}}, handle)
	publish(t, b, "a")
	<-blocked
	first, err := b.Backlog(ctx, "outcomes", outcomes)
	if err != nil || first.Events != 1 || first.Oldest <= 0 {
		t.Fatalf("backlog %+v, %v", first, err)
	}
	other := message("o")
	other.Subject = "baoxue.ledger.v1.entry_routed.330106"
	if _, err := b.Publish(ctx, "test", []bus.Message{other}); err != nil {
		t.Fatal(err)
	}
	last := publish(t, b, "b")
	grown, err := b.Backlog(ctx, "outcomes", outcomes)
	if err != nil || grown.Events != 2 || grown.Oldest <= first.Oldest {
		t.Errorf("backlog %+v after %+v, %v", grown, first, err)
	}
	apply <- struct{}{}
	<-blocked
	rest, err := b.Backlog(ctx, "outcomes", outcomes)
	if err != nil || rest.Events != 1 || rest.Oldest <= 0 || rest.Oldest >= grown.Oldest {
		t.Errorf("backlog %+v after %+v, %v", rest, grown, err)
	}
	apply <- struct{}{}
	if err := b.WaitApplied(ctx, "outcomes", last); err != nil {
		t.Fatal(err)
	}
	if none, err := b.Backlog(ctx, "outcomes", outcomes); err != nil || none != (bus.Backlog{}) {
		t.Errorf("backlog %+v, %v", none, err)
	}
}
