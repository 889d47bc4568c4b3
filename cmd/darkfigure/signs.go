package main

import (
	"fmt"
	"sync"
	"time"

	"darkfigure/estimators"
)

// signsEvery is how long nothing is said, where there is no terminal for bars, before a line tells that the program is still at work.
const signsEvery = 10 * time.Second

// signs of life: lines that say which step is being done and how far it is, whenever nothing was said for a while.
type signs struct {
	every time.Duration
	out   func(line string)

	mu          sync.Mutex
	last        time.Time // something was said
	what        string
	done, total int64
	began       time.Time // of the step

	stop, stopped chan struct{}
	once          sync.Once
}

func newSigns(every time.Duration, out func(line string)) *signs {
	s := &signs{every: every, out: out, last: time.Now(), stop: make(chan struct{}), stopped: make(chan struct{})}
	go s.run()
	return s
}

func (s *signs) run() {
	defer close(s.stopped)
	tick := time.NewTicker(s.every / 10)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case now := <-tick.C:
			s.sign(now)
		}
	}
}

func (s *signs) sign(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.last) < s.every || s.what == "" {
		return
	}
	s.last = now
	line := fmt.Sprintf("still at work: %s, %s", s.what, now.Sub(s.began).Round(time.Second))
	if s.total > 1 {
		line += fmt.Sprintf(", %s of %s", estimators.People(float64(s.done)), estimators.People(float64(s.total)))
	}
	s.out(line)
}

func (s *signs) say(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = time.Now()
	s.out(line)
}

// step is told how far a step is, from any goroutine.
func (s *signs) step(what string, done, total int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if what != s.what {
		s.what, s.began, s.done = what, time.Now(), 0
	}
	s.done, s.total = max(s.done, done), total
}

func (s *signs) end() {
	s.once.Do(func() { close(s.stop) })
	<-s.stopped
}
