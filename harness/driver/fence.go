package driver

import (
	"fmt"
	"slices"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// Fence sends an event that the client acknowledges, and waits for both the driver's report of it and the acknowledgement on the wire: what the client had to say about all that was sent before on
// this connection, it has said.
func (k *Socket) Fence() {
	s, c := k.stage, k.session
	s.fences++
	n := s.fences
	id := 700000 + n
	c.Send(fmt.Sprintf(`42%s%d[%q,%d]`, Prefix(k.namespace), id, fenceEvent, n))
	ack := fmt.Sprint(id)
	s.expect("the fence %d in %s", n, k.namespace)
	answered := false
	if !s.await(s.Patience(), func() bool {
		if i := slices.IndexFunc(c.in, func(p wire.Packet) bool { return p.IsAck() && p.AckID == ack && p.Namespace == k.namespace }); i >= 0 {
			c.in = slices.Delete(c.in, i, i+1)
			answered = true
		}
		return answered && k.fenced >= n
	}) {
		s.checkAlive()
		s.Fail(&peer.Failure{
			Reason:   fmt.Sprintf("%s is connected but does not work: an event that wants an acknowledgement was not delivered and answered within %v; got %s", k, s.Patience(), s.Server().got()),
			Expected: "an acknowledgement", Actual: s.Server().got(), Rules: []string{RuleZombie},
		})
	}
}

// WantNothing shows with a fence that the client has reported nothing of this socket, and has sent nothing on its connection, that was not asked for.
func (k *Socket) WantNothing() {
	k.Fence()
	k.stage.wantEmpty(k.session, k)
}

// wantEmpty fails the scenario when something is left on the session or at the socket.
func (s *Stage) wantEmpty(c *Session, k *Socket) {
	var left string
	s.locked(func() {
		switch {
		case k != nil && len(k.events) > 0:
			left = fmt.Sprintf("%s: want nothing; got %s", k, wire.Quote([]byte(JSON(without(k.events[0], "t")))))
		case c != nil && len(c.in) > 0:
			left = fmt.Sprintf("%s: want nothing; got %s", c.name, wire.Quote(c.in[0].Raw))
		}
	})
	if left != "" {
		s.checkAlive()
		s.Fail(&peer.Failure{Reason: left, Expected: "nothing", Actual: left, Rules: []string{RuleStray}})
	}
}

// FenceDriver makes a round trip to the driver: what it reported before has arrived.
func (s *Stage) FenceDriver() { s.LetPass(0) }

// WantNoMore shows that the client opens no further connection by itself: d passes on its clock, and then it opens one that was asked for, which must be the next to come.
func (s *Stage) WantNoMore(d int) {
	s.LetPass(s.Scaled(ms(d)))
	k := s.Open("/sio-conform-fence", Opts{"forceNew": true})
	v := s.Server()
	c := v.WantSession()
	if p := c.next("CONNECT in /sio-conform-fence"); p.Type != '0' || p.Namespace != k.namespace {
		s.Fail(&peer.Failure{
			Reason: fmt.Sprintf("want no further connection; got one with %s", wire.Quote(p.Raw)), Expected: "no connection", Actual: wire.Quote(p.Raw),
		})
	}
	k.AcceptOn(c)
}

// Finish makes the checks with which every scenario ends: connected sockets work, and nothing was sent, opened or reported that the scenario did not ask for.
func (s *Stage) Finish() {
	s.FenceDriver()
	var sockets []*Socket
	s.locked(func() {
		for _, k := range s.sockets {
			if k.connected && !s.drained && k.session != nil && k.session.closed == nil {
				sockets = append(sockets, k)
			}
		}
	})
	for _, k := range sockets {
		k.Fence()
	}
	s.checkAlive()
	if s.drained {
		return
	}
	for _, k := range s.sockets {
		s.wantEmpty(nil, k)
	}
	for _, v := range s.servers {
		for _, c := range v.all() {
			var stray bool
			s.locked(func() { stray = !c.claimed })
			if stray {
				s.Fail(&peer.Failure{Reason: fmt.Sprintf("the client opened %s, and nothing asked for it; got %s", c.name, v.got()), Expected: "no further connection", Actual: c.name, Rules: []string{RuleStray}})
			}
			s.wantEmpty(c, nil)
		}
	}
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// Settle makes a round trip behind what was sent, and reports whether the client has closed the connection over it. It is for packets on which healthy clients differ. A client that does neither,
// open and deaf, fails the scenario.
func (k *Socket) Settle() (closed bool) {
	s, c := k.stage, k.session
	s.fences++
	n := s.fences
	ack := fmt.Sprint(700000 + n)
	s.expect("the fence %d in %s, or the end of the session", n, k.namespace)
	c.Send(fmt.Sprintf(`42%s%s[%q,%d]`, Prefix(k.namespace), ack, fenceEvent, n))
	if !s.await(s.Patience(), func() bool {
		if i := slices.IndexFunc(c.in, func(p wire.Packet) bool { return p.IsAck() && p.AckID == ack }); i >= 0 {
			c.in = slices.Delete(c.in, i, i+1)
			return true
		}
		closed = c.closed != nil || !k.connected
		return closed
	}) {
		s.checkAlive()
		s.Fail(&peer.Failure{Reason: fmt.Sprintf("%s is connected but does not work: the connection is neither closed nor is an event acknowledged within %v", k, s.Patience()), Rules: []string{RuleZombie}})
	}
	return closed
}

// Match compares a JSON value with a pattern and returns the difference, "" when there is none.
func Match(pattern, got string) string { return matchJSON(pattern, got) }
