package deadletter

import (
	"context"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/obs"
)

// Measurements tell whether the consumers keep up, and what they could not apply.
func (c Consumers) Measurements() []obs.Measurement {
	return []obs.Measurement{
		{
			Name: "baoxue_unapplied_events", Help: "Events in the stream that a consumer has not applied yet.",
			Label: "consumer", Measure: c.backlogs(func(b bus.Backlog) float64 { return float64(b.Events) }),
		},
		{
			Name: "baoxue_unapplied_oldest_seconds", Help: "For how long the first event that a consumer has not applied yet has been in the stream; 0 when there is none.",
			Label: "consumer", Measure: c.backlogs(func(b bus.Backlog) float64 { return b.Oldest.Seconds() }),
		},
		{
			Name: "baoxue_dead_letters", Help: "Events that a consumer could not apply, and that wait for an operator.",
			Label: "consumer", Measure: c.buried,
		},
	}
}

// backlogs tells of the backlog of each consumer.
func (c Consumers) backlogs(tell func(bus.Backlog) float64) func(context.Context) (map[string]float64, error) {
	return func(ctx context.Context) (map[string]float64, error) {
		values := map[string]float64{}
		for _, one := range c.All {
			backlog, err := c.Bus.Backlog(ctx, one.Durable, one.Subjects)
			if err != nil {
				return nil, err
			}
			values[one.Durable] = tell(backlog)
		}
		return values, nil
	}
}

// buried has a value for each consumer that there is or was.
func (c Consumers) buried(ctx context.Context) (map[string]float64, error) {
	counts, err := c.graveyard().CountByConsumer(ctx)
	if err != nil {
		return nil, err
	}
	values := map[string]float64{}
	for _, one := range c.All {
		values[one.Durable] = 0
	}
	for consumer, n := range counts {
		values[consumer] = float64(n)
	}
	return values, nil
}
