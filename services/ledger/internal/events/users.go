package events

import (
	"context"

	"baoxue.internal/pkg/bus"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/ledger/internal/app"
)

// UsersDurable is the name of the ledger's consumer of what happens to users.
const UsersDurable = "ledger-users"

// UserSubjects are what it listens to.
var UserSubjects = []string{"baoxue.regionauth.v1.user_disabled.*"}

// Users hands a disabled user's work over.
func Users(r app.Responsible) bus.Handler {
	return func(ctx context.Context, events []bus.Event) error {
		for _, e := range events {
			var u eventv1.UserDisabled
			if err := e.Decode(&u); err != nil {
				return err
			}
			if err := r.HandOver(ctx, u.GetUserId(), u.GetSuccessorId()); err != nil {
				return err
			}
		}
		return nil
	}
}
