package pg_test

import (
	"math"
	"testing"
	"time"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
)

func TestAClockThatIsWrongIsTold(t *testing.T) {
	ctx := testkit.Context(t)
	pool, err := pg.Open(ctx, testkit.Database(t, "empty", nil), pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for _, wrong := range []time.Duration{0, -time.Hour, time.Hour} {
		told, err := pg.ClockAhead(pool, func() time.Time { return time.Now().Add(wrong) }).Measure(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if ahead := told[""][0]; math.Abs(ahead+wrong.Seconds()) > 60 {
			t.Errorf("ours is %s from the right time, the database's ahead of it by %.3f s", wrong, ahead)
		}
	}
}
