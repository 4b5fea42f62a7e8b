package target

import (
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Declaration says what a target is known to offer. What a target without one does not show is taken for not offered, and what needs it is unsupported; what is declared and not
// shown is a failure: otherwise a server would have fewer requirements to meet the more is broken in it.
type Declaration struct {
	Level      peer.Level
	Revisions  []wire.Revision // nil: those that the target shows
	Transports []peer.Transport
	Profiles   []string
}

// Declaration returns what the description declares: nothing, nil, unless it says the level.
func (s *Spec) Declaration() *Declaration {
	d, _ := Declare(s.Level, s.Revisions, s.Transports, s.Profiles)
	return d
}

// Declare returns the declaration of a level, by its name, in these revisions, over these transports and under these profiles. It reports whether there is such a level.
func Declare(level string, revisions []int, transports, profiles []string) (*Declaration, bool) {
	for _, l := range []peer.Level{peer.Wire, peer.Echo, peer.Contract} {
		if level == l.String() {
			return &Declaration{Level: l, Revisions: revisionsOf(revisions), Transports: transportsOf(transports), Profiles: profiles}, true
		}
	}
	return nil, false
}

func revisionsOf(numbers []int) []wire.Revision {
	var list []wire.Revision
	for _, n := range numbers {
		list = append(list, wire.Revision(n))
	}
	return list
}

// transportsOf returns the transports by which sessions are held: with both there is the upgrade, too.
func transportsOf(names []string) []peer.Transport {
	var list []peer.Transport
	for _, t := range []peer.Transport{peer.Polling, peer.WebSocket} {
		if slices.Contains(names, string(t)) {
			list = append(list, t)
		}
	}
	if len(list) == 2 {
		list = append(list, peer.Upgraded)
	}
	return list
}

// Covers reports whether it is declared that the application of that level is met in the revision, over the transport and under the profile. A nil declaration covers nothing.
func (d *Declaration) Covers(level peer.Level, r wire.Revision, t peer.Transport, profile string) bool {
	return d != nil && d.Level >= level && (d.Revisions == nil || slices.Contains(d.Revisions, r)) && slices.Contains(d.Transports, t) && slices.Contains(d.Profiles, profile)
}
