package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/obs"
)

// Measured are figures that a query answers together, as one array of double precision in their order.
func Measured(pool *pgxpool.Pool, query string, figures ...obs.Figure) obs.Measurement {
	return obs.Measurement{Figures: figures, Measure: func(ctx context.Context) (map[string][]float64, error) {
		var values []float64
		err := pool.QueryRow(ctx, query).Scan(&values)
		return map[string][]float64{"": values}, err
	}}
}

// ClockAhead is how far the database's clock is ahead of ours: which month a change belongs to is told by its
// clock, what is overdue today by ours.
func ClockAhead(pool *pgxpool.Pool, now func() time.Time) obs.Measurement {
	return obs.Single(obs.Figure{
		Name: "baoxue_database_clock_ahead_seconds", Help: "How far the database's clock is ahead of this process's; negative: behind.",
	}, func(ctx context.Context) (seconds float64, err error) {
		// Whoever waits for a connection has not asked yet.
		err = pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
			asked := now()
			var theirs time.Time
			if err := conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&theirs); err != nil {
				return err
			}
			ours := asked.Add(now().Sub(asked) / 2)
			seconds = theirs.Sub(ours).Seconds()
			return nil
		})
		return seconds, err
	})
}

// Measurements tell how busy a service's connections are, those of all its pools together, and what time it is where
// the first of them leads to.
func Measurements(pools ...*pgxpool.Pool) []obs.Measurement {
	return []obs.Measurement{
		{
			Figures: []obs.Figure{{Name: "baoxue_database_connections", Help: "Connections to the database: in use, idle, and how many there may be."}},
			Label:   "state", Measure: func(context.Context) (map[string][]float64, error) {
				var used, idle, most int32
				for _, p := range pools {
					now := p.Stat()
					used, idle, most = used+now.AcquiredConns(), idle+now.IdleConns(), most+now.MaxConns()
				}
				return map[string][]float64{"used": {float64(used)}, "idle": {float64(idle)}, "most": {float64(most)}}, nil
			},
		},
		obs.Single(obs.Figure{
			Name: "baoxue_database_wait_seconds_total", Help: "Time that was waited for a connection, by all callers together.", Total: true,
		}, func(context.Context) (waited float64, err error) {
			for _, p := range pools {
				waited += p.Stat().EmptyAcquireWaitTime().Seconds()
			}
			return waited, nil
		}),
		ClockAhead(pools[0], time.Now),
	}
}
