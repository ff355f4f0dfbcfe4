package app

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

// RegionStore keeps the changes of divisions.
type RegionStore interface {
	// RegionChanges returns all changes in the order in which they were entered.
	RegionChanges(ctx context.Context) ([]domain.RegionChange, error)
	// AddRegionChange stores a change that check accepts, given those that were
	// entered before it, with its event, in one transaction; nobody enters
	// another meanwhile.
	AddRegionChange(ctx context.Context, c domain.RegionChange, check func(before []domain.RegionChange) error) (domain.RegionChange, error)
}

// Regions are the questions about the divisions, and their changes.
type Regions struct {
	store RegionStore
	now   func() time.Time
	// reference is the table that comes with the program, before every change that was entered.
	reference *domain.Regions
	current   atomic.Pointer[domain.Regions]
	// loading keeps an older reading from replacing a newer one.
	loading sync.Mutex
}

// NewRegions returns the use cases; Load has to be called before they are used.
func NewRegions(store RegionStore, reference *domain.Regions, now func() time.Time) *Regions {
	r := &Regions{store: store, reference: reference, now: now}
	r.current.Store(reference)
	return r
}

// Load reads the changes that were entered, here or in another process.
func (r *Regions) Load(ctx context.Context) error {
	r.loading.Lock()
	defer r.loading.Unlock()
	changes, err := r.store.RegionChanges(ctx)
	if err != nil {
		return err
	}
	r.current.Store(r.after(changes))
	return nil
}

func (r *Regions) after(changes []domain.RegionChange) *domain.Regions {
	table := r.reference
	for _, c := range changes {
		table = table.With(c)
	}
	return table
}

// Table is the divisions with their history as known now.
func (r *Regions) Table() *domain.Regions { return r.current.Load() }

// Month is today's in Asia/Shanghai, yyyy-mm.
func (r *Regions) Month() string { return monthOf(r.now()) }

// List lists the children of a region as of a day, yyyy-mm-dd; empty means today
// in Asia/Shanghai.
func (r *Regions) List(parent, asOf string, recursive bool) (regions []domain.Region, month string, err error) {
	month = r.Month()
	if asOf != "" {
		day, err := time.Parse(time.DateOnly, asOf)
		if err != nil {
			return nil, "", fault.FromViolations("INVALID_REQUEST", "请求格式有误", []fault.Violation{
				{Field: "as_of", Reason: "DATE_INVALID", Message: "日期应写作 2019-07-31"},
			})
		}
		month = day.Format("2006-01")
	}
	return r.Table().Children(parent, month, recursive), month, nil
}

// Get returns a region as it is today, also an abolished one.
func (r *Regions) Get(code string) (domain.Region, error) {
	region, ok := r.Table().At(code, r.Month())
	if !ok {
		return domain.Region{}, fault.New(fault.NotFound, "NOT_FOUND", "没有这个区划代码")
	}
	return region, nil
}

// Resolve says for each code which of today's counties handles it.
func (r *Regions) Resolve(codes []string) []domain.Resolution {
	month, table := r.Month(), r.Table()
	resolutions := make([]domain.Resolution, len(codes))
	for i, code := range codes {
		resolutions[i] = table.Resolve(code, month)
	}
	return resolutions
}

// Changes lists the changes that were entered, newest first.
func (r *Regions) Changes(ctx context.Context) ([]domain.RegionChange, error) {
	changes, err := r.store.RegionChanges(ctx)
	if err != nil {
		return nil, err
	}
	slices.Reverse(changes)
	return changes, nil
}

// Change enters a change of divisions.
func (r *Regions) Change(ctx context.Context, c domain.RegionChange) (domain.RegionChange, error) {
	entered, err := r.store.AddRegionChange(ctx, c, func(before []domain.RegionChange) error {
		return c.Check(r.after(before), r.Month())
	})
	if err != nil {
		return domain.RegionChange{}, err
	}
	return entered, r.Load(ctx)
}
