package suite

import (
	"slices"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// The axes that scenarios for clients use.
var (
	clientEverywhere = run.Axes{Revisions: bothRevisions, Transports: []peer.Transport{peer.Polling, peer.WebSocket, peer.Upgraded}}
	clientBoth       = run.Axes{Revisions: bothRevisions, Transports: []peer.Transport{peer.Polling, peer.WebSocket}}
	clientWS         = run.Axes{Revisions: bothRevisions, Transports: []peer.Transport{peer.WebSocket}}
	clientPolling    = run.Axes{Revisions: bothRevisions, Transports: []peer.Transport{peer.Polling}}
	clientUpgraded   = run.Axes{Revisions: bothRevisions, Transports: []peer.Transport{peer.Upgraded}}

	client5Everywhere = run.Axes{Revisions: rev5, Transports: clientEverywhere.Transports}
	client5Both       = run.Axes{Revisions: rev5, Transports: clientBoth.Transports}
	client5WS         = run.Axes{Revisions: rev5, Transports: clientWS.Transports}
	client5Polling    = run.Axes{Revisions: rev5, Transports: clientPolling.Transports}

	client4Both    = run.Axes{Revisions: rev4Only, Transports: clientBoth.Transports}
	client4WS      = run.Axes{Revisions: rev4Only, Transports: clientWS.Transports}
	client4Polling = run.Axes{Revisions: rev4Only, Transports: clientPolling.Transports}

	rev4Only      = []wire.Revision{wire.Revision4}
	bothRevisions = []wire.Revision{wire.Revision4, wire.Revision5}
)

// forClients returns a scenario for clients that shows the rule of the same name.
func forClients(id, title string, on run.Axes, catches []run.Catch, f func(s *driver.Stage)) run.Scenario {
	return run.Scenario{ID: id, Title: title, Rules: rules(id), On: on, Catches: catches, Client: f}
}

// showing returns the scenario as one that shows further rules.
func showing(c run.Scenario, more ...string) run.Scenario {
	c.Rules = append(c.Rules, more...)
	return c
}

// needing returns the scenario for drivers that announce the capabilities.
func needing(c run.Scenario, capabilities ...string) run.Scenario {
	c.Needs.Features = append(c.Needs.Features, capabilities...)
	return c
}

// slowly returns the scenario marked as one that waits for time-outs.
func slowly(c run.Scenario) run.Scenario {
	c.Traits.Slow = true
	return c
}

// timed returns the scenario marked as one that runs while no other does: it depends on times that the client keeps.
func timed(c run.Scenario) run.Scenario {
	c.Traits.Alone = true
	return c
}

// caught lists faults, each with a part of the reason that the scenario gives for it.
func caught(pairs ...string) []run.Catch {
	var list []run.Catch
	for pair := range slices.Chunk(pairs, 2) {
		list = append(list, catch(pair[0], pair[1]))
	}
	return list
}

// in5 limits catches to revision 5.
func in5(catches []run.Catch) []run.Catch { return inRevision(wire.Revision5, catches) }

func inRevision(r wire.Revision, catches []run.Catch) []run.Catch {
	for i := range catches {
		catches[i].Revision = r
	}
	return catches
}

// lostReason is the reason that a client gives when its connection is lost without a word.
func lostReason(s *driver.Stage) string {
	if s.Config().Transport == peer.Polling {
		return "transport error"
	}
	return "transport close"
}

// lose cuts the session, and waits until the sockets say so.
func lose(s *driver.Stage, c *driver.Session, sockets ...*driver.Socket) {
	s.Tolerate("error") // revision 4: some clients report the failed request of a poll as well
	c.Cut()
	for _, k := range sockets {
		k.WantLost(lostReason(s))
	}
}
