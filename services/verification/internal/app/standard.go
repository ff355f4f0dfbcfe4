package app

import (
	"context"
	"sync/atomic"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/verification/internal/domain"
)

// A new version begins on a later day than the one it is loaded on (domain.CheckVersion), so that a copy of the same
// day is never wrong for it. Who asks for a later day sees the version after this long.
const standardFor = time.Minute

// StandardStore keeps the versions of the classification standard.
type StandardStore interface {
	Standards(ctx context.Context) (domain.Standards, error)
	// LoadStandard adds a version, whole.
	LoadStandard(ctx context.Context, from time.Time, codes []domain.Code) error
}

// CurrentStandard is the classification standard, read now and then.
type CurrentStandard struct {
	Store StandardStore
	Now   func() time.Time

	kept atomic.Pointer[readStandards]
}

// readStandards are all versions as they were at a time.
type readStandards struct {
	all domain.Standards
	at  time.Time
}

func (r *readStandards) holds(now time.Time) bool {
	return r != nil && now.Sub(r.at) <= standardFor && domain.Today(now).Equal(domain.Today(r.at))
}

// On returns the version that holds on a day.
func (c *CurrentStandard) On(ctx context.Context, day time.Time) (domain.Standard, error) {
	all, err := c.standards(ctx)
	return all.On(day), err
}

// Codes returns the standard that holds on a day, in its order.
func (c *CurrentStandard) Codes(ctx context.Context, day time.Time) ([]domain.Code, error) {
	all, err := c.standards(ctx)
	if err != nil {
		return nil, err
	}
	current := all.On(day)
	codes := make([]domain.Code, 0, len(current))
	for _, code := range all {
		if now, ok := current[code.Code]; ok && now.ValidFrom.Equal(code.ValidFrom) {
			codes = append(codes, code)
		}
	}
	return codes, nil
}

// Load adds a version of the standard, which holds from a later day on.
func (c *CurrentStandard) Load(ctx context.Context, validFrom string, codes []domain.Code) error {
	from, err := time.Parse(time.DateOnly, validFrom)
	if err != nil {
		return fault.FromViolations("STANDARD_INVALID", "分类标准有误，请按提示修改后重新载入", []fault.Violation{
			{Field: "valid_from", Reason: "DATE_INVALID", Message: "启用日期应为 2027-09-01 这样的日期"},
		})
	}
	all, err := c.Store.Standards(ctx)
	if err != nil {
		return err
	}
	if err := domain.CheckVersion(from, codes, all, domain.Today(c.Now())); err != nil {
		return err
	}
	return c.Store.LoadStandard(ctx, from, codes)
}

// standards holds up nobody: callers that find the copy too old at the same moment each read it.
func (c *CurrentStandard) standards(ctx context.Context) (domain.Standards, error) {
	now := c.Now()
	if kept := c.kept.Load(); kept.holds(now) {
		return kept.all, nil
	}
	all, err := c.Store.Standards(ctx)
	if err != nil {
		return nil, err
	}
	c.kept.Store(&readStandards{all: all, at: now})
	return all, nil
}
