package app

import (
	"context"
	"math"
	"time"

	"github.com/google/uuid"

	"baoxue.internal/services/verification/internal/domain"
)

// MostUnread are as many as are counted.
const MostUnread = 1000

// InboxQuery selects messages, the newest first.
type InboxQuery struct {
	Scope  domain.Scope
	Reader domain.Reader
	Unread bool
	// Before is the last of the page before.
	Before domain.MessagePlace
	Most   int
}

// NewestMessage is before every message.
var NewestMessage = domain.MessagePlace{At: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), OrderID: uuid.Max.String(), Number: math.MaxInt32}

// InboxStore keeps what was done about orders, and who read it.
type InboxStore interface {
	Messages(ctx context.Context, q InboxQuery) ([]domain.Message, error)
	// MarkRead marks all steps until an instant of the orders, of all orders of the scope when none
	// is named.
	MarkRead(ctx context.Context, scope domain.Scope, reader domain.Reader, orderIDs []string, until time.Time) error
}
