package reports

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/wire"
)

var start = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)

// sampleHeader is the header of a run of one result a verdict, and two passes.
func sampleHeader() *event.Header {
	return &event.Header{
		Version: event.Version, Tool: "sio-conform 0.1.0", Started: start, Seed: 1<<64 - 1, Jobs: 2, TimeScale: 1, Planned: 9,
		Target: event.Target{
			Name: "app", Version: "1.2.3", Implementation: "socket.io 4.8.4", URL: "http://127.0.0.1:3000/socket.io/", Level: "contract",
			Revisions: []int{5}, Transports: []string{"polling", "websocket"}, Features: []string{"middleware", "log"},
			Profiles: []event.Profile{
				{Name: "default", URL: "http://127.0.0.1:3000/socket.io/", PingInterval: 25000, PingTimeout: 20000, MaxPayload: 1000000},
				{Name: "fast", URL: "http://127.0.0.1:3001/socket.io/", PingInterval: 300, PingTimeout: 200},
			},
		},
		Scenarios: map[string]event.Scenario{
			"connect.main":            {Title: "the main namespace is joined", Rules: []string{"sio.connect.answer"}, Catches: []string{"drop-connect"}},
			"connect.unknown":         {Title: "an unknown namespace is refused", Rules: []string{"sio.connect.unknown"}, Catches: []string{"accept-all"}},
			"heartbeat.ping":          {Title: "the server sends a ping in time", Rules: []string{"eio.ping"}, Catches: []string{"no-ping"}},
			"malformed.type":          {Title: "an unknown packet type harms nobody else", Rules: []string{"sio.malformed"}, Catches: []string{"crash"}},
			"middleware.error":        {Title: "an error of a middleware carries its data", Rules: []string{"sio.mw.data"}, Catches: []string{"lose-data"}},
			"dynamic.parent.emit":     {Title: "a parent reaches every child", Rules: []string{"sio.dyn.emit"}, Catches: []string{"first-child"}},
			"middleware.error.others": {Title: "an error of a middleware leaves others", Rules: []string{"sio.mw.data"}, Catches: []string{"close-all"}},
			"polling.order":           {Title: "payloads keep their order", Rules: []string{"eio.order"}, Catches: []string{"reorder"}},
		},
		Rules: map[string]event.Rule{
			"sio.connect.answer":  {Statement: "A CONNECT is answered.", Level: "must", Source: []string{"socket.io-protocol, Connection to a namespace"}},
			"sio.connect.unknown": {Statement: "A CONNECT for a namespace that does not exist is answered with CONNECT_ERROR.", Level: "must", Source: []string{"socket.io-protocol, Connection to a namespace", "namespaces.md"}},
			"eio.ping":            {Statement: "The server sends a ping each pingInterval.", Level: "must"},
			"eio.order":           {Statement: "Packets of a payload are handled in order.", Level: "reference", Note: "no text says so"},
			"sio.malformed":       {Statement: "Malformed input harms its sender only.", Level: "robust"},
			"sio.mw.data":         {Statement: "The data of an error reach the client.", Level: "documented"},
		},
	}
}

// connectTranscript is the transcript of a CONNECT that was accepted wrongly.
func connectTranscript() []wire.Entry {
	at := func(us int) time.Duration { return time.Duration(us) * time.Microsecond }
	return []wire.Entry{
		{At: 0, Session: "main", Transport: "polling", Direction: wire.Out, Kind: wire.KindHTTP, Data: []byte("GET /socket.io/?EIO=4 HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\n")},
		{At: at(812), Session: "main", Transport: "polling", Direction: wire.In, Kind: wire.KindHTTP, Data: []byte("HTTP/1.1 200 OK\r\nServer: \x1b[2J\r\n\r\n0{\"sid\":\"a\"}"), Text: "200"},
		{At: at(1001), Session: "main", Transport: "websocket", Direction: wire.Note, Kind: wire.KindOpen},
		{At: at(1204), Session: "main", Transport: "websocket", Direction: wire.Out, Kind: wire.KindPacket, Data: []byte("40/nope,"), Text: "CONNECT /nope"},
		{At: at(1300), Session: "main", Direction: wire.Note, Kind: wire.KindExpect, Text: `44/nope,{"message":<string>}`},
		{At: at(2017), Session: "main", Transport: "websocket", Direction: wire.In, Kind: wire.KindPacket, Data: []byte("40/nope,{\"sid\":\"\u202eabc\\\\x\"}"), Text: "CONNECT /nope"},
		{At: at(2018), Session: "main", Transport: "websocket", Direction: wire.In, Kind: wire.KindPacket, Binary: true, Data: []byte{0, 1, 'a', 0xff}},
		{At: at(2100), Session: "main", Direction: wire.Note, Kind: wire.KindFailure, Text: "CONNECT instead of CONNECT_ERROR"},
		{At: at(1234567), Session: "canary", Transport: "polling", Direction: wire.Note, Kind: wire.KindClose, Text: "closed by us"},
	}
}

// sampleResults are the results of the sample run, in the order in which they come.
func sampleResults() []*event.Result {
	return []*event.Result{
		{Scenario: "polling.order", Axes: "rev5,polling", Verdict: event.Differs, Reason: "the second packet came first", Rules: []string{"eio.order"}, DurationUS: 2500},
		{Scenario: "connect.main", Axes: "rev5,websocket", Profile: "default", Verdict: event.Pass, Rules: []string{"sio.connect.answer"}, DurationUS: 1500, Observations: []event.Observation{{Name: "close code", Value: "1005"}}},
		{Scenario: "connect.main", Axes: "rev5,polling", Profile: "default", Verdict: event.Pass, Rules: []string{"sio.connect.answer"}, DurationUS: 1600},
		{
			Scenario: "connect.unknown", Axes: "rev5,websocket", Profile: "default", Verdict: event.Fail, Reason: "the CONNECT was accepted", Expected: `44/nope,{"message":<string>}`,
			Actual: "40/nope,{\"sid\":\"\u202eabc\\\\x\"}", Rules: []string{"sio.connect.unknown"}, DurationUS: 1234567, Transcript: connectTranscript(),
		},
		{Scenario: "dynamic.parent.emit", Axes: "rev5,websocket", Verdict: event.Unsupported, Reason: "the app does not offer parent", Rules: []string{"sio.dyn.emit"}},
		{Scenario: "heartbeat.ping", Axes: "rev5,websocket", Verdict: event.Skipped, Reason: "left out by --skip", Rules: []string{"eio.ping"}},
		{
			Scenario: "malformed.type", Axes: "rev5,websocket", Verdict: event.Crashed, Reason: "the target ended: exit status 1", Rules: []string{"sio.malformed"}, DurationUS: 70000,
			Output: "app.js:12\n    throw new Error('boom')\n\x1b[31mError: boom\x1b[0m\n",
		},
		{Scenario: "middleware.error", Axes: "rev5,websocket", Verdict: event.Error, Reason: "the scenario panicked", Rules: []string{"sio.mw.data"}, DurationUS: 10},
		{Scenario: "middleware.error.others", Axes: "rev5,websocket", Verdict: event.Blocked, Reason: "middleware.error did not pass", Rules: []string{"sio.mw.data"}},
	}
}

// sampleEvents are the events of the sample run.
func sampleEvents() []event.Event {
	events := []event.Event{sampleHeader(), &event.TargetNote{At: start, Profile: "default", Text: "started"}}
	for _, r := range sampleResults() {
		events = append(events, &event.Started{Scenario: r.Scenario, Axes: r.Axes, At: start}, r)
	}
	return append(events,
		&event.TargetNote{At: start.Add(time.Second), Profile: "default", Text: "crashed", Output: "Error: boom\n"},
		&event.Footer{Ended: start.Add(1300 * time.Millisecond), DurationUS: 1300000, ExitCode: 4},
	)
}

// listedEvents are the events of the sample run with a baseline: one failure is listed, and one entry is stale.
func listedEvents() []event.Event {
	events := sampleEvents()
	h := sampleHeader()
	h.Baseline, h.Strict = "targets/app/baseline.yaml", true
	events[0] = h
	for _, e := range events {
		if r, ok := e.(*event.Result); ok && (r.Verdict == event.Fail || r.Verdict == event.Differs) {
			r.Deviation = &event.Deviation{Why: "before 1.3 every name is accepted", See: "issue 12", Until: "2027-06-30", At: h.Baseline + ":4"}
		}
	}
	footer := events[len(events)-1].(*event.Footer)
	footer.Expected = 2
	footer.Baseline = []string{h.Baseline + ":9: connect.main[rev5,polling]: listed as fail, and passes"}
	return events
}

// setupEvents are the events of a run that could not begin.
func setupEvents() []event.Event {
	h := sampleHeader()
	h.Target.Revisions, h.Target.Transports, h.Target.Profiles = nil, nil, nil
	return []event.Event{h, &event.Footer{Ended: start, ExitCode: 3, SetupError: "dial tcp 127.0.0.1:3000: connection refused"}}
}

// stream returns events as a stream.
func stream(t testing.TB, events []event.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	w := event.NewWriter(&b)
	for _, e := range events {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// model reads events as a stream.
func model(t testing.TB, events []event.Event) *Model {
	t.Helper()
	m, err := Read(bytes.NewReader(stream(t, events)))
	if err != nil {
		t.Fatal(err)
	}
	m.Stream = "events.ndjson"
	return m
}

// terminal returns what term prints for events.
func terminal(t testing.TB, term Terminal, events []event.Event) string {
	t.Helper()
	var b strings.Builder
	term.W = &b
	if err := term.Run(bytes.NewReader(stream(t, events))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// render returns what a report writes for events.
func render(t testing.TB, report func(io.Writer, *Model) error, events []event.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report(&b, model(t, events)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// replay is the Replay of the tests.
func replay(r *event.Result) string {
	return "sio-conform replay events.ndjson --only '" + r.Name() + "'"
}
