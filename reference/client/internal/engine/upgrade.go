package engine

import (
	"errors"

	"github.com/sio-conform/sio-conform/reference/eio"
)

const probeData = "probe"

// probe tries to open a WebSocket for the session.
func (s *Session) probe() {
	s.become(probing)
	s.setDeadline(func() { s.dropCandidate(ErrTimeout) })
	s.dial(s.onCandidate)
}

// onCandidate takes the WebSocket that may become the transport.
func (s *Session) onCandidate(ws *webSocket, err error) {
	if s.state != probing { // it took too long
		s.abandon(ws)
		return
	}
	if err != nil {
		s.dropCandidate(err)
		return
	}
	s.candidate = ws
	ws.send([]eio.Packet{{Type: eio.Ping, Data: []byte(probeData)}})
}

// onProbed takes a packet of the candidate, or says why it is none.
func (s *Session) onProbed(p eio.Packet, err error) {
	if s.state != probing || err != nil || p.Type != eio.Pong || string(p.Data) != probeData {
		s.dropCandidate(errors.Join(errProbe, err))
		return
	}
	s.become(pausing)
	s.switchOver()
}

// switchOver makes the candidate the transport when polling has come to rest.
func (s *Session) switchOver() {
	if s.polling.getting || s.polling.posting {
		return
	}
	s.deadline.Stop()
	s.socket, s.candidate = s.candidate, nil
	s.become(open)
	s.queue = append([]eio.Packet{{Type: eio.Upgrade}}, s.queue...)
	s.upper.Upgraded(nil)
	s.flush()
}

// dropCandidate leaves the session on polling.
func (s *Session) dropCandidate(err error) {
	if s.state != probing && s.state != pausing {
		return
	}
	s.abandon(s.candidate)
	s.candidate = nil
	s.deadline.Stop()
	s.become(open)
	s.upper.Upgraded(err)
	if s.alive() && !s.polling.getting {
		s.poll()
	}
	s.flush()
}
