package ledger

import (
	"context"
	"time"
)

// Entries that were routed have their deadline after this long.
const dateEvery = 10 * time.Second

// keepDeadlines gives pending entries their deadlines. What fails is tried again next
// time.
func (s *Service) keepDeadlines(ctx context.Context) {
	ticker := time.NewTicker(dateEvery)
	defer ticker.Stop()
	for {
		if err := s.deadlines.Do(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "pending entries get no deadline for now", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
