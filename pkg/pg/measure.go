package pg

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/obs"
)

// Measured is the one number, a double precision, that a query answers.
func Measured(pool *pgxpool.Pool, query string) func(context.Context) (map[string]float64, error) {
	return obs.Single(func(ctx context.Context) (value float64, err error) {
		return value, pool.QueryRow(ctx, query).Scan(&value)
	})
}

// Measurements tell how busy a service's connections are, those of all its pools together.
func Measurements(pools ...*pgxpool.Pool) []obs.Measurement {
	return []obs.Measurement{
		{
			Name: "baoxue_database_connections", Help: "Connections to the database: in use, idle, and how many there may be.",
			Label: "state", Measure: func(context.Context) (map[string]float64, error) {
				states := map[string]float64{}
				for _, p := range pools {
					now := p.Stat()
					states["used"] += float64(now.AcquiredConns())
					states["idle"] += float64(now.IdleConns())
					states["most"] += float64(now.MaxConns())
				}
				return states, nil
			},
		},
		{
			Name: "baoxue_database_wait_seconds_total", Help: "Time that was waited for a connection, by all callers together.",
			Total: true, Measure: obs.Single(func(context.Context) (waited float64, err error) {
				for _, p := range pools {
					waited += p.Stat().EmptyAcquireWaitTime().Seconds()
				}
				return waited, nil
			}),
		},
	}
}
