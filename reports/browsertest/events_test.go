package browsertest

import (
	"fmt"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/wire"
)

var start = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)

// run returns the events of a run with these results.
func run(code int, results ...*event.Result) []event.Event {
	h := &event.Header{
		Tool: "sio-conform 0.1.0", Started: start, Seed: 7, Jobs: 2, TimeScale: 1, Planned: len(results),
		Target: event.Target{
			Name: "app", Version: "1.2.3", Implementation: "socket.io 4.8.4", Level: "contract", Command: "node app.js", Revisions: []int{4, 5}, Transports: []string{"polling", "websocket"},
			Features: []string{"middleware", "log"}, Profiles: []event.Profile{{Name: "default", URL: "http://127.0.0.1:3000", PingInterval: 25000, PingTimeout: 20000, MaxPayload: 1000000}},
		},
		Scenarios: map[string]event.Scenario{}, Rules: map[string]event.Rule{},
	}
	for level, id := range map[string]string{"must": "sio.must", "documented": "sio.documented", "reference": "sio.reference", "robust": "sio.robust"} {
		h.Rules[id] = event.Rule{Statement: "A rule of level " + level + ".", Level: level, Source: []string{"Socket.IO protocol v5 § Format"}, Note: "socket.io 4.8.4 does so."}
	}
	events := []event.Event{h, &event.TargetNote{At: start, Profile: "default", Text: "started"}}
	for _, r := range results {
		h.Scenarios[r.Scenario] = event.Scenario{Title: "what " + r.Scenario + " shows", Rules: r.Rules, Catches: []string{"connect.unanswered", "ack.lost"}}
		events = append(events, r)
	}
	return append(events, &event.Footer{Ended: start.Add(3 * time.Second), DurationUS: 3000000, ExitCode: code})
}

func result(scenario, axes string, v event.Verdict, rule string) *event.Result {
	r := &event.Result{Scenario: scenario, Axes: axes, Profile: "default", Verdict: v, Rules: []string{rule}, DurationUS: 1500}
	if v != event.Pass {
		r.Reason = "main: want 44/nope,{...}, after 40/nope,; got 40/nope,{}: want CONNECT_ERROR, got CONNECT"
	}
	return r
}

// green is a run in which all is well.
func green() []event.Event {
	var all []*event.Result
	for _, id := range []string{"connect.main", "connect.custom", "heartbeat.ping", "rooms.except"} {
		for _, axes := range []string{"rev4,polling", "rev5,polling", "rev5,websocket"} {
			r := result(id, axes, event.Pass, "sio.must")
			r.Observations = []event.Observation{{Name: "close code", Value: "1005"}}
			all = append(all, r)
		}
	}
	return run(0, all...)
}

// transcript returns what went over the wire with a packet of the target that fails.
func transcript(answer string) []wire.Entry {
	var all []wire.Entry
	add := func(session, transport string, d wire.Direction, k wire.Kind, data, text string) {
		e := wire.Entry{At: time.Duration(len(all)*813) * time.Microsecond, Session: session, Transport: transport, Direction: d, Kind: k, Text: text}
		if data != "" {
			e.Data = []byte(data)
		}
		all = append(all, e)
	}
	add("canary", "websocket", wire.Out, wire.KindOpen, "", "WebSocket /socket.io/?EIO=4&transport=websocket")
	add("canary", "websocket", wire.In, wire.KindPacket, `0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`, "OPEN")
	add("main", "polling", wire.Out, wire.KindHTTP, "", "GET /socket.io/?EIO=4&transport=polling")
	add("main", "polling", wire.In, wire.KindHTTP, `0{"sid":"b"}`, "200 text/plain")
	add("main", "polling", wire.In, wire.KindPacket, `0{"sid":"b"}`, "OPEN")
	add("main", "polling", wire.Out, wire.KindPacket, `40/nope,`, "CONNECT in /nope")
	add("canary", "websocket", wire.Out, wire.KindPacket, `421["message-with-ack","x"]`, "EVENT in /, id 1")
	add("canary", "websocket", wire.In, wire.KindPacket, `431["x"]`, "ACK in /, id 1")
	add("main", "", wire.Note, wire.KindExpect, "", `44/nope,{...}`)
	add("main", "polling", wire.In, wire.KindPacket, answer, "")
	add("main", "", wire.Note, wire.KindFault, "", "the fault dropped a packet")
	add("", "", wire.Note, wire.KindFailure, "", "want CONNECT_ERROR, got CONNECT")
	add("main", "polling", wire.In, wire.KindClose, "", "closed by the target")
	return all
}

// failures is a run with results of every verdict and failures of every kind.
func failures() []event.Event {
	all := []*event.Result{
		result("connect.unknown", "rev5,polling", event.Fail, "sio.must"), result("connect.unknown", "rev5,websocket", event.Pass, "sio.must"),
		result("malformed.binary", "rev5,polling", event.Fail, "sio.documented"), result("malformed.utf8", "rev5,websocket", event.Crashed, "sio.robust"),
		result("packet.attachment", "rev4,polling", event.Differs, "sio.reference"), result("packet.broken", "rev5,polling", event.Error, "sio.must"),
		result("connect.main", "rev5,polling", event.Pass, "sio.must"), result("rooms.except", "rev5,polling", event.Blocked, "sio.documented"),
		result("dynamic.parent", "rev5,polling", event.Unsupported, "sio.documented"), result("heartbeat.ping", "rev5,polling", event.Skipped, "sio.must"),
	}
	answers := []string{`40/nope,{"sid":"b"}`, "", `451-/nope["a",{"_placeholder":true,"num":0}`, "42[\"\xff\"]", "\x00\x01\xfe", ""}
	for i, answer := range answers {
		if answer != "" {
			all[i].Transcript = transcript(answer)
			all[i].Expected, all[i].Actual = `44/nope,{...}`, wire.Quote([]byte(answer))
		}
	}
	all[3].Output = "TypeError: boom\n    at app.js:12\n"
	all[4].Transcript[9].Binary = true
	all[6].Observations = []event.Observation{{Name: "attachments accepted", Value: "10"}}
	return run(1, all...)
}

// many is a run of so many scenarios, every tenth of which fails.
func many(n int) []event.Event {
	var all []*event.Result
	for i := range n {
		v := event.Pass
		if i%10 == 3 {
			v = event.Fail
		}
		r := result(fmt.Sprintf("area%02d.scenario.%04d", i%16, i), []string{"rev4,polling", "rev5,polling", "rev5,websocket"}[i%3], v, "sio.must")
		if v == event.Fail {
			r.Expected, r.Actual, r.Transcript = `44/nope,{...}`, `40/nope,{"sid":"b"}`, transcript(`40/nope,{"sid":"b"}`)
		}
		all = append(all, r)
	}
	return run(1, all...)
}
