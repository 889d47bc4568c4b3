package resample

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls f(0), …, f(n−1) on the given number of workers (0: one for each processor) and
// waits for them. When f writes only to places that belong to its i, the outcome does not
// depend on the number of workers.
//
// Once f fails, no further i is begun, and the error of the smallest i that failed is
// returned: as i are begun in ascending order, this error too is always the same. When the
// context is cancelled its error is returned.
func Each(ctx context.Context, n, workers int, f func(i int) error) error {
	return EachWith(ctx, n, workers, func() struct{} { return struct{}{} }, func(_ struct{}, i int) error { return f(i) })
}

// EachWith is [Each] where every worker has a scratch of its own, made by scratch once per
// worker, so that f need not allocate.
func EachWith[S any](ctx context.Context, n, workers int, scratch func() S, f func(s S, i int) error) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = max(1, min(workers, n))
	var (
		next    atomic.Int64
		stop    atomic.Bool
		mutex   sync.Mutex
		failed  = n
		failure error
		group   sync.WaitGroup
	)
	for range workers {
		group.Go(func() {
			s := scratch()
			for !stop.Load() && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := f(s, i); err != nil {
					stop.Store(true)
					mutex.Lock()
					if i < failed {
						failed, failure = i, err
					}
					mutex.Unlock()
				}
			}
		})
	}
	group.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	return failure
}
