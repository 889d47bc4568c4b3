package main

import (
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// A progress shows how far bootstraps are, one bar each, on standard error when that is a
// terminal. The nil progress shows nothing.
type progress struct {
	of *mpb.Progress
	mu sync.Mutex
}

func (o *output) progress() *progress {
	if o.quiet || !o.program.interactive {
		return nil
	}
	return &progress{of: mpb.New(mpb.WithOutput(o.program.stderr), mpb.WithWidth(40))}
}

// track returns what a bootstrap is to call after each replicate. Its bar appears with the first one
// and goes when all are done.
func (p *progress) track(name string) func(done, total int) { return p.count(name + ": replicates") }

// count shows how much of what the label names is done.
func (p *progress) count(label string) func(done, total int) {
	if p == nil {
		return nil
	}
	var bar *mpb.Bar
	last := 0
	return func(done, total int) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if bar == nil {
			counters := decor.CountersNoUnit("%d of %d")
			if total == 1 { // a step that cannot tell how far it is
				counters = decor.Name("")
			}
			bar = p.of.AddBar(int64(total), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.Name(label+" ")), mpb.AppendDecorators(counters))
		}
		if done > last { // workers may report out of order
			last = done
			bar.SetCurrent(int64(done))
		}
	}
}

// end takes the bars away, those of what was interrupted included.
func (p *progress) end() {
	if p == nil {
		return
	}
	p.of.Shutdown()
}
