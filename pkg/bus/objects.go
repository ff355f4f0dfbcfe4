package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrNoObject says that a bucket has no object of the name.
var ErrNoObject = errors.New("no such object")

// Objects are files that lie beside the stream, in a bucket of their own.
type Objects struct {
	bus   *Bus
	store jetstream.ObjectStore
}

// Objects opens a bucket and makes it if need be, with as many copies as the stream has.
func (b *Bus) Objects(ctx context.Context, bucket string) (Objects, error) {
	store, err := b.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
		Bucket: bucket, Storage: jetstream.FileStorage, Replicas: b.replicas,
	})
	if err != nil {
		return Objects{}, fmt.Errorf("bucket %s: %w", bucket, err)
	}
	return Objects{b, store}, nil
}

// objectWithin is how long an object may take on its way, which whoever sends or fetches it waits for.
const objectWithin = 20 * time.Second

// Put stores an object and returns once the broker has it, or ErrUnavailable.
func (o Objects) Put(ctx context.Context, name string, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, objectWithin)
	defer cancel()
	// What is sent to nobody would wait for somebody to come.
	if err := o.bus.Ready(); err != nil {
		return fmt.Errorf("storing an object: %w: %w", ErrUnavailable, err)
	}
	if _, err := o.store.PutBytes(ctx, name, data); err != nil {
		return fmt.Errorf("storing an object: %w: %w", ErrUnavailable, err)
	}
	return nil
}

// Get returns a whole object, ErrNoObject or ErrUnavailable.
func (o Objects) Get(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, objectWithin)
	defer cancel()
	if err := o.bus.Ready(); err != nil {
		return nil, fmt.Errorf("reading an object: %w: %w", ErrUnavailable, err)
	}
	data, err := o.store.GetBytes(ctx, name)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil, fmt.Errorf("%w: %s", ErrNoObject, name)
	}
	// What is there and is not what was stored is an error that no waiting mends.
	if errors.Is(err, jetstream.ErrDigestMismatch) {
		return nil, fmt.Errorf("reading an object: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading an object: %w: %w", ErrUnavailable, err)
	}
	return data, nil
}

// Delete removes an object; one that is not there is as good as removed.
func (o Objects) Delete(ctx context.Context, name string) error {
	if err := o.store.Delete(ctx, name); err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
		return fmt.Errorf("removing an object: %w", err)
	}
	return nil
}

// StoredBefore names the objects that were stored before an instant, by the broker's clock.
func (o Objects) StoredBefore(ctx context.Context, instant time.Time) (names []string, err error) {
	all, err := o.store.List(ctx)
	if errors.Is(err, jetstream.ErrNoObjectsFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing objects: %w", err)
	}
	for _, object := range all {
		if object.ModTime.Before(instant) {
			names = append(names, object.Name)
		}
	}
	return names, nil
}
