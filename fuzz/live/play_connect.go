package live

import (
	"github.com/sio-conform/sio-conform/harness/peer"
)

// What the scripted middleware of a Connect does.
const (
	modePlain      = ""
	modeToken      = "token"
	modeJoin       = "join"        // joins Rooms
	modeReject     = "reject"      // refuses
	modeJoinReject = "join-reject" // joins Rooms and refuses
	modeWait       = "wait"        // takes its time
	modeNoToken    = "no-token"    // is refused by the check of the token
)

// waitMS is how long a middleware takes that takes its time, in milliseconds.
const waitMS = 5

// credentials returns what makes the middlewares do it.
func credentials(s *Step) map[string]any {
	join := func() []map[string]any {
		var steps []map[string]any
		for _, r := range s.Rooms {
			steps = append(steps, map[string]any{"join": r})
		}
		return steps
	}
	reject := map[string]any{"reject": map[string]any{"message": "no"}}
	script := func(steps ...map[string]any) map[string]any { return map[string]any{"mw": []any{steps}} }
	var auth map[string]any
	switch s.Mode {
	case modeJoin:
		auth = script(join()...)
	case modeReject:
		auth = script(reject)
	case modeJoinReject:
		auth = script(append(join(), reject)...)
	case modeWait:
		auth = script(map[string]any{"wait": waitMS})
	}
	if s.Namespace == guarded && s.Mode != modeNoToken {
		if auth == nil {
			auth = map[string]any{}
		}
		auth["token"] = "secret"
	}
	return auth
}

// guarded is the namespace that only those may join who know the token.
const guarded = "/guarded"

func (w *world) playConnect(s *Step) {
	c := w.clients[s.Peer]
	if auth := credentials(s); auth != nil {
		c.SendConnect(s.Namespace, auth)
	} else {
		c.SendConnect(s.Namespace)
	}
	switch s.Mode {
	case modeReject, modeJoinReject:
		w.rule = "sio.mw.deny"
		c.Want(c.Refused(s.Namespace, `"no"`))
		return
	case modeNoToken:
		w.rule = "sio.mw.deny"
		c.Want(c.Refused(s.Namespace, `"not authorized"`, `{"code":"TOKEN"}`))
		return
	}
	sid := c.WantConnect(s.Namespace, peer.RuleConnect)
	w.freshID(c, sid)
	m := c.admit(s.Namespace, sid)
	if s.Mode == modeJoin {
		m.enter(s.Rooms...)
	}
	if w.alone && s.Peer == 0 && w.strangers[s.Namespace] == nil {
		w.meetStrangers(m)
	}
	w.rule = "sio.mw.join-inside"
	if s.Mode != modeJoin {
		w.rule = "sio.ns.connect"
	}
	w.wantRooms(m)
}

// freshID shows that nobody was given the id before.
func (w *world) freshID(c *client, sid string) {
	for _, other := range w.clients {
		for _, id := range other.ids {
			if id == sid {
				w.rule = "sio.ns.connect.sid-distinct"
				w.violate(c, "id given twice", "%s: the socket id of %s, after %s", c.name(), other.name(), w.step)
			}
		}
	}
}
