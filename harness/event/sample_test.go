package event

import (
	"bytes"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

var start = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)

// sample returns the events of a small whole run: one pass, one fail.
func sample() []Event {
	return []Event{
		&Header{
			Version: Version, Tool: "sio-conform 0.1.0", Started: start, Seed: 1<<64 - 1, Jobs: 2, TimeScale: 1.5, Planned: 2,
			Target: Target{
				Name: "app", Level: "contract", Revisions: []int{5}, Transports: []string{"websocket"},
				Profiles: []Profile{{Name: "default", URL: "http://127.0.0.1:1", PingInterval: 25000, PingTimeout: 20000}},
			},
			Scenarios: map[string]Scenario{"connect.main": {Title: "the main namespace is joined", Rules: []string{"sio.connect"}, Catches: []string{"drop-connect"}}},
			Rules:     map[string]Rule{"sio.connect": {Statement: "CONNECT is answered", Level: "must", Source: []string{"protocol"}}},
		},
		&TargetNote{At: start, Profile: "default", Text: "started"},
		&Started{Scenario: "connect.main", Axes: "rev5,websocket", At: start},
		&Result{Scenario: "connect.main", Axes: "rev5,websocket", Verdict: Pass, Rules: []string{"sio.connect"}, DurationUS: 1500},
		&Started{Scenario: "connect.main", Axes: "rev5,polling", At: start},
		&Result{
			Scenario: "connect.main", Axes: "rev5,polling", Verdict: Fail, Reason: "no answer", Rules: []string{"sio.connect"}, DurationUS: 9,
			Transcript: []wire.Entry{
				{At: 1500 * time.Microsecond, Session: "main", Transport: "polling", Direction: wire.Out, Kind: wire.KindPacket, Data: []byte("40")},
				{At: 2 * time.Millisecond, Session: "main", Transport: "polling", Direction: wire.In, Kind: wire.KindPacket, Binary: true, Data: []byte{0, 0xff}},
			},
		},
		&Footer{Ended: start.Add(time.Second), DurationUS: 1000000, Summary: summary(map[Verdict]int{Pass: 1, Fail: 1}), ExitCode: 1},
	}
}

// summary completes counts with the verdicts that it does not name.
func summary(counts map[Verdict]int) map[Verdict]int {
	all := make(map[Verdict]int)
	for _, v := range Verdicts() {
		all[v] = counts[v]
	}
	return all
}

// stream returns events as a stream. It fails the test when they are none.
func stream(t testing.TB, events ...Event) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	for i, e := range events {
		if err := w.Write(e); err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
	}
	return b.Bytes()
}

// lines returns events as lines, in whatever order.
func lines(t testing.TB, events ...Event) []byte {
	t.Helper()
	var b []byte
	for _, e := range events {
		var err error
		if b, err = appendLine(b, e); err != nil {
			t.Fatal(err)
		}
	}
	return b
}
