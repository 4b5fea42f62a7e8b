package peer

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// pollingLink carries a session over long-polling: one GET always open, one POST at a time.
type pollingLink struct {
	peer   *Peer
	query  string
	ctx    context.Context // of the GET loop
	cancel context.CancelFunc
	turn   turn // the protocol allows one POST at a time
	ended  chan struct{}

	pausedMu sync.Mutex
	paused   bool
}

func (p *Peer) openPolling(extra string) {
	const rule = "eio.handshake.polling.open"
	p.adopt(p.HTTP(Request{Query: p.Query(Polling, extra)}), rule)
}

// adopt takes the session that res opened.
func (p *Peer) adopt(res Response, rule string) {
	if res.Status != http.StatusOK {
		p.Fail(&Failure{Reason: fmt.Sprintf("the handshake was answered with HTTP status %d", res.Status), Expected: "200", Actual: fmt.Sprintf("%d %s", res.Status, wire.Quote(res.Body)), Rules: []string{rule}})
	}
	ctx, cancel := context.WithCancel(p.ctx)
	l := &pollingLink{peer: p, ctx: ctx, cancel: cancel, ended: make(chan struct{}), turn: newTurn()}
	p.setLink(l)
	p.payload(res)
	p.setHandshake(p.awaitOpen(rule), rule)
	l.query = p.SessionQuery(Polling)
	if p.manual.Load() {
		close(l.ended)
		return
	}
	p.finishers.Go(l.poll)
}

// payload passes on the packets of a poll's body.
func (p *Peer) payload(res Response) {
	for _, part := range DecodePayload(p.config.Revision, res.Header, res.Body) {
		p.arrive(Polling, part.Binary, part.Data)
	}
}

// poll keeps a GET open until the link is paused or the session has ended.
func (l *pollingLink) poll() {
	defer close(l.ended)
	for !l.isPaused() && l.peer.in.ended() == nil {
		res := l.peer.exchange(l.ctx, Request{Query: l.query})
		switch {
		case l.ctx.Err() != nil:
			return
		case res.Err != nil:
			l.peer.ended(Polling, Closing{Cause: "GET failed: " + withoutAddress(res.Err).Error()})
			return
		case res.Status != http.StatusOK:
			l.peer.ended(Polling, Closing{Cause: fmt.Sprintf("GET answered %d %s", res.Status, wire.Quote(res.Body))})
			return
		}
		l.peer.payload(res)
	}
}

// breath is the pause behind a poll that brought nothing.
const breath = 5 * time.Millisecond

// breathe waits a little when the body of a GET holds nothing but a noop, so that a target that answers every poll at once is not polled without end.
func (p *Peer) breathe(body []byte) {
	if len(body) > 1 {
		return
	}
	timer := time.NewTimer(breath)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.ctx.Done():
	}
}

func (l *pollingLink) isPaused() bool {
	l.pausedMu.Lock()
	defer l.pausedMu.Unlock()
	return l.paused
}

// pause ends the GET loop once the target has released the open GET.
func (l *pollingLink) pause() {
	l.pausedMu.Lock()
	l.paused = true
	l.pausedMu.Unlock()
	timer := time.NewTimer(l.peer.Patience())
	defer timer.Stop()
	select {
	case <-l.ended:
	case <-l.peer.ctx.Done():
		l.peer.Fail(&Failure{})
	case <-timer.C:
		l.peer.Fail(&Failure{Reason: fmt.Sprintf("the open GET was not released within %v after the probe", l.peer.Patience()), Expected: "6", Actual: "nothing", Rules: []string{"eio.upgrade.probe"}})
	}
}

func (l *pollingLink) transmit(frames []Frame) error {
	l.turn.take()
	defer l.turn.give()
	ctx, cancel := context.WithTimeout(l.peer.ctx, l.peer.Patience())
	defer cancel()
	res := l.peer.exchange(ctx, Request{Method: http.MethodPost, Query: l.query, Header: textPlain, Body: encodePayload(l.peer.config.Revision, frames)})
	switch {
	case res.Err != nil && ctx.Err() != nil:
		return fmt.Errorf("peer: POST was not answered within %v", l.peer.Patience())
	case res.Err != nil:
		l.peer.ended(Polling, Closing{Cause: "POST failed: " + withoutAddress(res.Err).Error()})
	case res.Status != http.StatusOK:
		l.peer.ended(Polling, Closing{Cause: fmt.Sprintf("POST answered %d %s", res.Status, wire.Quote(res.Body))})
	}
	return nil
}

// textPlain is what official clients send with a POST.
var textPlain = http.Header{"Content-Type": {"text/plain;charset=UTF-8"}}

func (l *pollingLink) hangUp() {
	ctx, cancel := context.WithTimeout(l.peer.ctx, time.Second)
	defer cancel()
	l.peer.exchange(ctx, Request{Method: http.MethodPost, Query: l.query, Header: textPlain, Body: []byte(EncodePayload(l.peer.config.Revision, "1"))})
}

func (l *pollingLink) drop() { l.cancel() }

func (l *pollingLink) kind() Transport { return Polling }

// Get makes one poll of a manual session and returns the answer as it stands.
func (p *Peer) Get() Response { return p.HTTP(Request{Query: p.SessionQuery(Polling)}) }

// StartGet begins a poll of a manual session.
func (p *Peer) StartGet() *Exchange { return p.StartHTTP(Request{Query: p.SessionQuery(Polling)}) }

// Post sends packets as one payload of a manual session and returns the answer.
func (p *Peer) Post(packets ...string) Response { return p.StartPost(packets...).Wait() }

// StartPost begins the sending of a payload.
func (p *Peer) StartPost(packets ...string) *Exchange {
	body := EncodePayload(p.config.Revision, packets...)
	p.said = quoteSaid(body)
	return p.StartHTTP(Request{Method: http.MethodPost, Query: p.SessionQuery(Polling), Header: textPlain, Body: []byte(body)})
}
