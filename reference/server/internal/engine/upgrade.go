package engine

import (
	"time"

	"github.com/sio-conform/sio-conform/reference/eio"
)

// probe is the data of the ping that asks whether a WebSocket works, and of the
// pong that says so.
const probe = "probe"

// attach offers a WebSocket as the next transport. A session has at most one in
// its life: whoever knows the id of a session cannot take it over. Engine.IO 6.6
// lets a second WebSocket take over a session that was opened over WebSocket,
// which the text forbids.
type attach struct{ ws *webSocket }

func (t attach) Do(s *Session) {
	s.engine.Go(func() { t.ws.write(s) })
	if !s.alive() || s.socket != nil || s.candidate != nil || !s.config.Upgrades {
		t.ws.finish(nil)
		return
	}
	s.candidate = t.ws
	s.upgrade = time.NewTimer(s.config.UpgradeTimeout)
}

// onCandidateFrame handles what a candidate sends: probes, then UPGRADE. As in
// Engine.IO 6.6 the probe may be left out, and anything else ends the candidate
// and leaves the session alone.
func (s *Session) onCandidateFrame(binary bool, data []byte) {
	p, err := eio.ParseFrame(s.framing.revision, binary, data)
	switch {
	case err == nil && p.Type == eio.Ping && string(p.Data) == probe:
		s.onProbe()
	case err == nil && p.Type == eio.Upgrade:
		s.onUpgrade()
	default:
		s.dropCandidate("unexpected packet")
	}
}

// onProbe pauses polling and answers the probe. It ends the GET that waits, so
// that the client can be done with polling.
func (s *Session) onProbe() {
	if !s.candidate.send([]*Message{probeMessage}) {
		s.dropCandidate("too many probes")
		return
	}
	if s.state == open {
		s.become(upgrading)
	}
	s.endGET()
}

// onUpgrade makes the candidate the transport. What was queued meanwhile goes
// out over it. A GET that came while the session was upgrading may have been
// sent behind the UPGRADE, and is refused like those that come from now on.
func (s *Session) onUpgrade() {
	if s.release != nil {
		s.polling.get <- mismatch.answer()
		s.polling.get, s.release = nil, nil
	}
	s.endGET()
	s.upgrade.Stop()
	s.socket, s.candidate, s.upgrade = s.candidate, nil, nil
	if s.state == upgrading {
		s.become(open)
	}
}

// dropCandidate gives the upgrade up. Polling goes on.
func (s *Session) dropCandidate(why string) {
	if s.candidate == nil {
		return
	}
	s.log.Debug("upgrade abandoned", "sid", s.id, "why", why)
	s.candidate.finish(nil)
	s.upgrade.Stop()
	s.candidate, s.upgrade, s.release = nil, nil, nil
	if s.state == upgrading {
		s.become(open)
	}
}

// endGET ends the GET that waits, if there is one.
func (s *Session) endGET() {
	s.release = nil
	if s.polling.get != nil {
		s.answerGET([]*Message{noopMessage})
	}
}
