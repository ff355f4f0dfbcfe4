package app

import (
	"context"
	"sync"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/verification/internal/domain"
)

// A new version begins on a later day than the one it is loaded on, so that a copy of
// this age is never wrong.
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

	mu   sync.Mutex
	all  domain.Standards
	read time.Time
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

func (c *CurrentStandard) standards(ctx context.Context) (domain.Standards, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.Now(); c.all == nil || now.Sub(c.read) > standardFor {
		all, err := c.Store.Standards(ctx)
		if err != nil {
			return nil, err
		}
		c.all, c.read = all, now
	}
	return c.all, nil
}
