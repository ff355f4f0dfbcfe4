package deadletter

import (
	"context"

	"baoxue.internal/pkg/obs"
)

// Measurements tell whether the consumers keep up, and what they could not apply.
func (c Consumers) Measurements() []obs.Measurement {
	return []obs.Measurement{
		{
			Figures: []obs.Figure{
				{Name: "baoxue_unapplied_events", Help: "Events in the stream that a consumer has not applied yet."},
				{Name: "baoxue_unapplied_oldest_seconds", Help: "For how long the first event that a consumer has not applied yet has been in the stream; 0 when there is none."},
			},
			Label: "consumer", Measure: c.backlogs,
		},
		{
			Figures: []obs.Figure{{Name: "baoxue_dead_letters", Help: "Events that a consumer could not apply, and that wait for an operator."}},
			Label:   "consumer", Measure: c.buried,
		},
	}
}

func (c Consumers) backlogs(ctx context.Context) (map[string][]float64, error) {
	values := map[string][]float64{}
	for _, one := range c.All {
		backlog, err := c.Bus.Backlog(ctx, one.Durable, one.Subjects)
		if err != nil {
			return nil, err
		}
		values[one.Durable] = []float64{float64(backlog.Events), backlog.Oldest.Seconds()}
	}
	return values, nil
}

// buried has a value for each consumer that there is or was.
func (c Consumers) buried(ctx context.Context) (map[string][]float64, error) {
	counts, err := c.graveyard().CountByConsumer(ctx)
	if err != nil {
		return nil, err
	}
	values := map[string][]float64{}
	for _, one := range c.All {
		values[one.Durable] = []float64{0}
	}
	for consumer, n := range counts {
		values[consumer] = []float64{float64(n)}
	}
	return values, nil
}
