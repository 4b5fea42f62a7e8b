package fault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// recoveryFaults are the faults about sessions that are lost and continued.
var recoveryFaults = slices.Concat(privateIDFaults, offsetFaults, claimFaults, continuedFaults, missedFaults)

// privateIDFaults are about the private ids that a server gives out.
var privateIDFaults = []Fault{
	{"recovery.pid-missing", "gives out no private ids", admissions(func(_ *sessions, _ *Crossing, data map[string]any) { delete(data, "pid") })},
	{"recovery.pid-number", "gives out private ids that are numbers", admissions(func(_ *sessions, _ *Crossing, data map[string]any) { data["pid"] = 17 })},
	{"recovery.pid-is-sid", "gives out the socket id as private id", admissions(func(_ *sessions, _ *Crossing, data map[string]any) { data["pid"] = data["sid"] })},
	{"recovery.pid-counted", "counts its private ids", admissions(func(s *sessions, _ *Crossing, data map[string]any) {
		data["pid"] = fmt.Sprintf("session-of-a-client-%04d", len(s.admitted))
	})},
	{"recovery.pid-of-connection", "gives a connection the same private id in each namespace", admissions(func(s *sessions, c *Crossing, data map[string]any) {
		if i := slices.IndexFunc(s.admitted, func(a admission) bool { return a.session == c.Session }); i >= 0 {
			data["pid"] = s.admitted[i].pid
		}
	})},
	{"recovery.pid-unasked", "gives out private ids although it recovers nothing", admissions(func(_ *sessions, _ *Crossing, data map[string]any) { data["pid"] = "p-of-nobody" })},
}

// offsetFaults are about the offsets of events.
var offsetFaults = []Fault{
	{"recovery.offset-missing", "sends events without an offset", arguments(recoverable("2"), lastOmitted)},
	{"recovery.offset-missing-binary", "sends events with attachments without an offset", arguments(recoverable("5"), lastOmitted)},
	{"recovery.offset-number", "sends offsets that are numbers", arguments(recoverable("2"), lastReplaced("17"))},
	{"recovery.offset-in-front", "puts the offset in front of the arguments", arguments(recoverable("2"), func(list []json.RawMessage) []json.RawMessage {
		return slices.Insert(lastOmitted(list), 1, list[len(list)-1])
	})},
	{"recovery.offset-attached", "puts the offset behind the event and not into it", arguments(recoverable("5"), func(list []json.RawMessage) []json.RawMessage {
		return []json.RawMessage{joined(lastOmitted(list)), list[len(list)-1]}
	})},
	{"recovery.offset-repeated", "sends the same offset with every event", arguments(recoverable("2"), lastReplaced(`"o"`))},
	{"recovery.offset-only-to-socket", "gives no offsets to what is sent to a namespace or a room", arguments(always(in(message("2"), containing(`["nsp"`))), lastOmitted)},
	{"recovery.offset-of-all-children", "gives an event for all children of a parent the offsets of all of them", arguments(always(in(message("2"), containing(`["all"`))), offsetAdded)},
	{"recovery.offset-on-volatile", "gives offsets to volatile events", arguments(always(in(message("2"), containing(`["volatile"`))), offsetAdded)},
	{"recovery.offset-on-question", "gives offsets to events that want an acknowledgement", arguments(always(in(message("2"), containing(`["question"`))), offsetAdded)},
	{"recovery.offset-on-ack", "gives offsets to acknowledgements", arguments(always(in(message("3"), exactly(`43/custom,901["r"]`))), offsetAdded)},
	{"recovery.offset-for-all", "gives offsets to clients that cannot use them", arguments(always(in(message("2"))), offsetAdded)},
	{"recovery.offset-unasked", "gives offsets to events although it recovers nothing", arguments(always(in(message("2"))), offsetAdded)},
}

// recoverable matches events of that type that carry an offset: those that want no acknowledgement.
func recoverable(types string) func() Match { return always(in(message(types), id(""))) }

func lastOmitted(list []json.RawMessage) []json.RawMessage { return slices.Clone(list[:len(list)-1]) }

func lastReplaced(by string) func(list []json.RawMessage) []json.RawMessage {
	return func(list []json.RawMessage) []json.RawMessage { return append(lastOmitted(list), json.RawMessage(by)) }
}

func offsetAdded(list []json.RawMessage) []json.RawMessage {
	return append(list, json.RawMessage(`"an-offset"`))
}

// claimFaults are about what becomes of a CONNECT that claims a session.
var claimFaults = []Fault{
	{"recovery.claim-ignored", "continues no sessions", claims(func(_ *sessions, _ *Crossing, auth map[string]any) { forgetClaim(auth) })},
	{"recovery.claim-refused", "refuses who claims a session", change(claiming(""), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, "44"+peer.Prefix(c.Packet.Namespace)+`{"message":"unknown session"}`)}
	})},
	{"recovery.claim-unanswered", "does not answer who claims a session", drop(claiming(""))},
	{"recovery.claim-closes", "closes the connection of who claims a session", hangUp(claiming(""))},
	{"recovery.numbers-refused", "refuses a claim whose ids are numbers", change(claiming(`"pid":1`), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, "44"+peer.Prefix(c.Packet.Namespace)+`{"message":"no text"}`)}
	})},
	{"recovery.objects-close", "closes the connection at a claim whose ids are objects", hangUp(claiming(`"pid":{}`))},
	{"recovery.empty-unanswered", "does not answer a claim whose ids are empty", drop(claiming(`"pid":""`))},
	{"recovery.long-refused", "refuses a claim whose ids are long", change(claiming("xxxxxxxxxxxx"), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, "44"+peer.Prefix(c.Packet.Namespace)+`{"message":"too long"}`)}
	})},
	{"recovery.main-ignored", "continues no sessions in the main namespace", claims(func(_ *sessions, c *Crossing, auth map[string]any) {
		if c.Packet.Namespace == "/" {
			forgetClaim(auth)
		}
	})},
	{"recovery.custom-ignored", "continues no sessions in custom namespaces", claims(func(_ *sessions, c *Crossing, auth map[string]any) {
		if c.Packet.Namespace != "/" {
			forgetClaim(auth)
		}
	})},
	{"recovery.once", "continues a session one time only", claims(func(s *sessions, _ *Crossing, auth map[string]any) {
		if s.count(auth["pid"]) > 1 {
			forgetClaim(auth)
		}
	})},
	{"recovery.expired-early", "forgets a session after a second", stateful(func() func(c *Crossing) []peer.Frame {
		late, ignored := false, claims(func(_ *sessions, _ *Crossing, auth map[string]any) { forgetClaim(auth) })()
		return func(c *Crossing) []peer.Frame {
			if op, ok := operationIn(c); ok && op["wait"] != nil {
				late = true
			}
			if late {
				return ignored.Frames(c.Frame)
			}
			return passed(c)
		}
	})},
	{"recovery.pid-unchecked", "takes an unknown private id for that of who was lost last", continuing(func(_ *sessions, _ *Crossing, c claim) bool { return c.pid == "unknown" })},
	{"recovery.pid-prefix", "finds a session by the beginning of its private id", continuing(func(s *sessions, _ *Crossing, c claim) bool {
		return strings.HasPrefix(s.first().pid, c.pid)
	})},
	{"recovery.sid-accepted", "takes the socket id for the private id", claims(func(s *sessions, _ *Crossing, auth map[string]any) {
		for _, a := range s.admitted {
			if a.sid == auth["pid"] {
				auth["pid"] = a.pid
			}
		}
	})},
	{"recovery.offset-unchecked", "takes an unknown offset for the last one", claims(func(s *sessions, _ *Crossing, auth map[string]any) {
		if auth["offset"] == "zzz" {
			auth["offset"] = s.offset(-1)
		}
	})},
	{"recovery.offset-optional", "continues a session without knowing what the client has seen", claims(func(s *sessions, _ *Crossing, auth map[string]any) {
		if auth["offset"] == nil {
			auth["offset"] = s.offset(-1)
		}
	})},
	{"recovery.namespace-disregarded", "continues a session in another namespace", continuing(func(_ *sessions, c *Crossing, _ claim) bool { return c.Packet.Namespace == "/users" })},
	{"recovery.taken-over", "continues a session whose connection is open", continuing(func(*sessions, *Crossing, claim) bool { return true })},
	{"recovery.claimed-closes", "closes the connection of a session that somebody claims", func() *peer.Tap {
		return frames(func(c *Crossing) []peer.Frame {
			if claiming("")()(c) {
				return []peer.Frame{c.Frame, {Session: "main", Direction: wire.In, Transport: c.Transport, Closing: &peer.Closing{Cause: "closed by the fault"}}}
			}
			return passed(c)
		})
	}},
	{"recovery.not-consumed", "continues a session for each who claims it", continuing(func(s *sessions, _ *Crossing, c claim) bool { return s.count(c.pid) > 1 })},
	{"recovery.expired-kept", "keeps sessions for ever", continuing(func(*sessions, *Crossing, claim) bool { return true })},
	{"recovery.ended-kept", "keeps sessions that were ended on purpose", continuing(func(*sessions, *Crossing, claim) bool { return true })},
	{"recovery.middlewares-asked", "asks the middlewares about a session that is continued", change(claiming(`"mw"`), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, "44"+peer.Prefix(c.Packet.Namespace)+`{"message":"asked again"}`)}
	})},
	{"recovery.middlewares-run", "runs the middlewares for a session that is continued", logEntries(func(e entry) []entry {
		return []entry{{"middleware", "/orders", 0}, e}
	}, "connection", "/orders")},
	{"recovery.middlewares-unrun", "does not run the middlewares for a session that is continued, although it should", newLog(func(e entry) []entry {
		if e.is("middleware") {
			return nil
		}
		return []entry{e}
	})},
	{"recovery.refused-told", "sends what was missed to who is refused", change(func() Match { return in(message("4")) }, func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, "42"+peer.Prefix(c.Packet.Namespace)+`["missed","an-offset"]`), c.Frame}
	})},
	{"recovery.middlewares-always-skipped", "asks no middlewares about who claims a session", claims(func(_ *sessions, _ *Crossing, auth map[string]any) { delete(auth, "mw") })},
	{"recovery.guard-always-skipped", "lets into a guarded namespace who claims a session", claims(func(_ *sessions, c *Crossing, auth map[string]any) {
		if c.Packet.Namespace == "/guarded" {
			auth["token"] = "secret"
		}
	})},
}

// A claim is the claim to a session in a CONNECT, as far as it consists of texts.
type claim struct{ pid, offset string }

// claimIn returns the claim in a packet of the peer, and whether there is one of whatever form.
func claimIn(c *Crossing) (claim, bool) {
	var auth map[string]any
	if !out(message("0"))(c) || !decode(c.Packet.Data, &auth) || auth["pid"] == nil && auth["offset"] == nil {
		return claim{}, false
	}
	pid, _ := auth["pid"].(string)
	offset, _ := auth["offset"].(string)
	return claim{pid, offset}, true
}

// claiming matches the CONNECTs that claim a session and contain text.
func claiming(text string) func() Match {
	return always(func(c *Crossing) bool {
		_, ok := claimIn(c)
		return ok && bytes.Contains(c.Data, []byte(text))
	})
}

func forgetClaim(auth map[string]any) {
	delete(auth, "pid")
	delete(auth, "offset")
}

// An admission is what a CONNECT of the target gave to a peer.
type admission struct {
	place
	sid, pid string
}

// The sessions are what a tap has seen of sessions that can be continued.
type sessions struct {
	admitted []admission
	claims   []claim            // in the order of their CONNECTs
	claimed  map[place]claim    // the claim of each place
	offsets  map[place][]string // of the events in each place
}

// remembering makes a fault of a function that knows the sessions. It sees them as they were before the packet, but for the claim in the packet.
func remembering(newF func(s *sessions) func(c *Crossing) []peer.Frame) func() *peer.Tap {
	return func() *peer.Tap {
		s := &sessions{claimed: map[place]claim{}, offsets: map[place][]string{}}
		f := newF(s)
		return frames(func(c *Crossing) []peer.Frame {
			if asked, ok := claimIn(c); ok {
				s.claims, s.claimed[here(c)] = append(s.claims, asked), asked
			}
			seen := *c
			passing := f(c)
			s.see(&seen)
			return passing
		})
	}
}

func (s *sessions) see(c *Crossing) {
	var data struct{ SID, PID string }
	var list []any
	switch {
	case in(message("0"))(c) && json.Unmarshal(c.Packet.Data, &data) == nil:
		s.admitted = append(s.admitted, admission{here(c), data.SID, data.PID})
	case recoverable("25")()(c) && json.Unmarshal(c.Packet.Data, &list) == nil:
		if offset, ok := list[len(list)-1].(string); ok {
			s.offsets[here(c)] = append(s.offsets[here(c)], offset)
		}
	}
}

// count returns how often the private id was claimed.
func (s *sessions) count(pid any) int {
	n := 0
	for _, c := range s.claims {
		if c.pid == pid {
			n++
		}
	}
	return n
}

// offset returns the offset of an event that was sent to the client that is lost, the last one for -1 and the first one for 0.
func (s *sessions) offset(i int) string {
	list := s.offsets[s.first().place]
	if i < 0 {
		i += len(list)
	}
	return list[i]
}

// first returns the first admission of the client that is lost.
func (s *sessions) first() admission {
	return s.admitted[slices.IndexFunc(s.admitted, func(a admission) bool { return a.session == "main" })]
}

// claims makes a fault that changes the credentials of those who claim a session.
func claims(f func(s *sessions, c *Crossing, auth map[string]any)) func() *peer.Tap {
	return remembering(func(s *sessions) func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			if _, ok := claimIn(c); ok {
				auth := map[string]any{}
				decode(c.Packet.Data, &auth)
				f(s, c, auth)
				withData(c, auth)
			}
			return passed(c)
		}
	})
}

// admissions makes a fault that changes the data of the CONNECTs by which the target admits clients.
func admissions(f func(s *sessions, c *Crossing, data map[string]any)) func() *peer.Tap {
	return remembering(func(s *sessions) func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			data := map[string]any{}
			if in(message("0"))(c) && decode(c.Packet.Data, &data) {
				f(s, c, data)
				withData(c, data)
			}
			return passed(c)
		}
	})
}

// continuing makes a fault by which claims are taken for those to the session of the client that is lost, where f says so: the answer is as if it were continued.
func continuing(f func(s *sessions, c *Crossing, asked claim) bool) func() *peer.Tap {
	return admissions(func(s *sessions, c *Crossing, data map[string]any) {
		if asked, ok := s.claimed[here(c)]; ok && f(s, c, asked) {
			data["sid"], data["pid"] = s.first().sid, s.first().pid
		}
	})
}
