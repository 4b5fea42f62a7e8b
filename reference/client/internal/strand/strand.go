// Package strand runs functions one after the other, with a goroutine only while
// there is something to run.
package strand

import (
	"context"
	"sync"
	"time"
)

// A Crew starts goroutines and knows when the last one has ended. The zero value
// works.
type Crew struct {
	countMu sync.Mutex // guards what follows
	count   int
	idle    chan struct{} // closed when count is 0; nil when nobody waits
}

// Go runs f in a goroutine.
func (c *Crew) Go(f func()) {
	c.countMu.Lock()
	c.count++
	c.countMu.Unlock()
	go func() {
		defer c.done()
		f()
	}()
}

func (c *Crew) done() {
	c.countMu.Lock()
	defer c.countMu.Unlock()
	c.count--
	if c.count == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

// Wait waits until no goroutine is left. The error is that of ctx, if that ends
// first.
func (c *Crew) Wait(ctx context.Context) error {
	c.countMu.Lock()
	if c.count == 0 {
		c.countMu.Unlock()
		return nil
	}
	if c.idle == nil {
		c.idle = make(chan struct{})
	}
	idle := c.idle
	c.countMu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A Strand runs functions one after the other, in the order in which they were
// posted. What only they touch needs no lock.
type Strand struct {
	crew *Crew

	tasksMu sync.Mutex // guards what follows
	tasks   []func()
	running bool
}

// New returns a strand whose goroutine belongs to the crew.
func New(crew *Crew) *Strand { return &Strand{crew: crew} }

// Post runs f after everything that was posted before, and returns at once.
func (s *Strand) Post(f func()) {
	s.tasksMu.Lock()
	defer s.tasksMu.Unlock()
	s.tasks = append(s.tasks, f)
	if !s.running {
		s.running = true
		s.crew.Go(s.run)
	}
}

// Do posts f and waits until it has run. It must not be called on the strand.
func (s *Strand) Do(f func()) {
	done := make(chan struct{})
	s.Post(func() {
		defer close(done)
		f()
	})
	<-done
}

func (s *Strand) run() {
	for {
		f := s.next()
		if f == nil {
			return
		}
		f()
	}
}

func (s *Strand) next() func() {
	s.tasksMu.Lock()
	defer s.tasksMu.Unlock()
	if len(s.tasks) == 0 {
		s.tasks, s.running = nil, false
		return nil
	}
	f := s.tasks[0]
	s.tasks[0] = nil
	s.tasks = s.tasks[1:]
	return f
}

// An Alarm runs a function on a strand after a time. Its methods are called on
// the strand.
type Alarm struct {
	strand *Strand
	timer  *time.Timer
	round  int
}

// NewAlarm returns an alarm of the strand that is not set.
func NewAlarm(s *Strand) *Alarm { return &Alarm{strand: s} }

// Set has f run after d, and never what was set before.
func (a *Alarm) Set(d time.Duration, f func()) {
	a.Stop()
	round := a.round
	a.timer = time.AfterFunc(d, func() {
		a.strand.Post(func() {
			if a.round == round {
				f()
			}
		})
	})
}

// Stop has nothing run.
func (a *Alarm) Stop() {
	a.round++
	if a.timer != nil {
		a.timer.Stop()
	}
}
