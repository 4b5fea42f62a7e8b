package peer

import (
	"context"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// steadyAttempts is how often an exchange that depends on time is tried on a machine that does not keep it.
const steadyAttempts = 5

// Steadily runs f, in which target and harness must keep times of a fraction of a second, on a stage of its own with a peer like p. On a machine that is too busy for that a healthy target
// fails as a broken one does. So the pace is watched meanwhile: when f fails, and an answer of the target or the harness itself was held up for longer than a quarter of the ping time-out, f is
// run again from the start. A failure on a machine that keeps time counts at once, and so does one behind a tap, which may have a memory.
func (p *Peer) Steadily(f func(p *Peer)) {
	for attempt := 1; ; attempt++ {
		failure, heldUp := p.steadily(f)
		switch {
		case failure == nil:
			return
		case attempt == steadyAttempts || heldUp <= p.config.PingTimeout/4 || p.config.Tap != nil || p.ctx.Err() != nil:
			panic(failure)
		}
		p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindExpect, Text: "once more: the machine was held up for " + heldUp.String()})
	}
}

// steadily runs f once and returns what it panicked with, and for how long something was held up meanwhile.
func (p *Peer) steadily(f func(p *Peer)) (failure any, heldUp time.Duration) {
	stage, err := NewStage(p.ctx, p.config)
	if err != nil {
		panic(err) // the configuration was good enough for p's stage
	}
	stage.transcript = p.transcript
	pace := stage.watchPace()
	defer func() {
		failure = recover()
		heldUp = pace.end()
		stage.Close()
		p.faulted.Add(stage.faulted.Load())
		p.observations = append(p.observations, stage.observations...)
	}()
	f(stage.PeerOver(p.name, p.transport))
	stage.Finish()
	return nil, 0
}

// pauseOfPace is the time between two questions about the pace.
const pauseOfPace = 20 * time.Millisecond

// A pace watches for how long the target, or the harness itself, is held up.
type pace struct {
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu      sync.Mutex
	last    time.Time     // of the last answer
	slowest time.Duration // between two answers, without the pause
}

// watchPace asks the target for nothing over and over. end must be called.
func (s *Stage) watchPace() *pace {
	ctx, cancel := context.WithCancel(s.ctx)
	w := &pace{cancel: cancel, last: time.Now()}
	u := *s.endpoint
	u.RawQuery = "EIO=4&transport=polling&sid=sio-conform-pace"
	w.done.Go(func() {
		for ctx.Err() == nil {
			s.ask(ctx, u.String())
			w.answered()
			pause := time.NewTimer(pauseOfPace)
			select {
			case <-pause.C:
			case <-ctx.Done():
				pause.Stop()
			}
		}
	})
	return w
}

// ask makes a request whose answer is of no interest; an error is as good an answer as any.
func (s *Stage) ask(ctx context.Context, address string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return
	}
	maps.Copy(req.Header, s.config.Header)
	res, err := s.http.Do(req)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxBody))
	_ = res.Body.Close()
}

func (w *pace) answered() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.slowest = max(w.slowest, now.Sub(w.last)-pauseOfPace)
	w.last = now
}

// end stops watching and returns for how long something was held up at most.
func (w *pace) end() time.Duration {
	w.answered()
	w.cancel()
	w.done.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.slowest
}
