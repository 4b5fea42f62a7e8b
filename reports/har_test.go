package reports

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/wire"
	"github.com/sio-conform/sio-conform/internal/schematest"
)

// exchangeEvents are the events of a run with one failure, after an upgrade from long-polling.
func exchangeEvents() []event.Event {
	h := sampleHeader()
	h.Planned = 1
	return []event.Event{h, &event.Result{
		Scenario: "connect.unknown", Axes: "rev5,upgraded", Profile: "default", Verdict: event.Fail, Reason: "the CONNECT was accepted", Rules: []string{"sio.connect.unknown"}, Transcript: upgradeTranscript(),
	}, &event.Footer{Ended: start.Add(time.Second), DurationUS: 1000000, ExitCode: 1}}
}

// upgradeTranscript is the transcript of a session that is upgraded while a poll is open.
func upgradeTranscript() []wire.Entry {
	var all []wire.Entry
	add := func(transport string, d wire.Direction, k wire.Kind, data []byte, text string) {
		all = append(all, wire.Entry{At: time.Duration(len(all)) * time.Millisecond, Session: "main", Transport: transport, Direction: d, Kind: k, Data: data, Text: text})
	}
	add("polling", wire.Out, wire.KindHTTP, nil, "GET /socket.io/?EIO=4&transport=polling")
	add("polling", wire.In, wire.KindHTTP, []byte(`0{"sid":"a"}`), "200 text/plain; charset=UTF-8")
	add("polling", wire.In, wire.KindPacket, []byte(`0{"sid":"a"}`), "OPEN")
	add("polling", wire.Out, wire.KindHTTP, nil, "GET /socket.io/?EIO=4&transport=polling&sid=a")
	add("polling", wire.Out, wire.KindHTTP, []byte("40"), "POST /socket.io/?EIO=4&transport=polling&sid=a")
	add("polling", wire.In, wire.KindHTTP, []byte("ok"), "200 text/html")
	add("websocket", wire.Out, wire.KindOpen, nil, "WebSocket /socket.io/?EIO=4&transport=websocket&sid=a")
	add("websocket", wire.Out, wire.KindPacket, []byte("2probe"), "PING")
	add("websocket", wire.In, wire.KindPacket, []byte("3probe"), "PONG")
	add("polling", wire.In, wire.KindHTTP, []byte("6"), "200 text/plain; charset=UTF-8")
	add("websocket", wire.In, wire.KindPacket, []byte{0, 0xff}, "binary")
	add("polling", wire.Out, wire.KindHTTP, nil, "GET /socket.io/?EIO=4&transport=polling&sid=a")
	return all
}

// archive is what the tests read of an HTTP archive.
type archive struct {
	Log struct {
		Comment string
		Entries []struct {
			Time    float64
			Request struct {
				Method, URL string
				PostData    struct{ Text string }
			}
			Response struct {
				Status  int
				Content struct{ Text, Encoding string }
			}
			Messages []struct {
				Type, Data string
				Opcode     int
			} `json:"_webSocketMessages"`
			Comment string
		}
	}
}

func archiveOf(t *testing.T, events []event.Event) archive {
	t.Helper()
	b := render(t, HAR, events)
	if err := schematest.Validate(t, schematest.Compile(t, "testdata/har.schema.json", ""), string(b)); err != nil {
		t.Error(err)
	}
	var a archive
	if err := json.Unmarshal(b, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestHARHasRequestsWithTheirAnswers shows that a poll which is open beside a POST gets its own answer, and what is said of one without.
func TestHARHasRequestsWithTheirAnswers(t *testing.T) {
	a := archiveOf(t, exchangeEvents())
	var got []string
	for _, e := range a.Log.Entries {
		got = append(got, strings.Join([]string{e.Request.Method, e.Request.URL, e.Request.PostData.Text, e.Response.Content.Text, e.Comment}, " | "))
	}
	const guess = "several requests were open: that this answer is to this one is a guess"
	want := []string{
		`GET | http://127.0.0.1:3000/socket.io/?EIO=4&transport=polling |  | 0{"sid":"a"} | `,
		`GET | http://127.0.0.1:3000/socket.io/?EIO=4&transport=polling&sid=a |  | 6 | `,
		`POST | http://127.0.0.1:3000/socket.io/?EIO=4&transport=polling&sid=a | 40 | ok | ` + guess,
		`GET | ws://127.0.0.1:3000/socket.io/?EIO=4&transport=websocket&sid=a |  |  | `,
		`GET | http://127.0.0.1:3000/socket.io/?EIO=4&transport=polling&sid=a |  |  | no answer is recorded`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if e := a.Log.Entries[1]; e.Time != 6 || e.Response.Status != 200 {
		t.Errorf("the poll: %+v", e)
	}
	m := a.Log.Entries[3].Messages
	if len(m) != 3 || m[0].Type != "send" || m[0].Data != "2probe" || m[1].Type != "receive" || m[2].Opcode != 2 || m[2].Data != "AP8=" {
		t.Errorf("messages %+v", m)
	}
}

// TestHAROfAClient shows that what a client sends is a request, though it comes in.
func TestHAROfAClient(t *testing.T) {
	events := clientEvents()
	r := events[2].(*event.Result)
	r.Transcript = []wire.Entry{
		{Session: "server", Direction: wire.In, Kind: wire.KindHTTP, Text: "POST /socket.io/?EIO=4&transport=polling&sid=a"},
		{At: 1e6, Session: "server/1", Transport: "polling", Direction: wire.In, Kind: wire.KindHTTP, Data: []byte("40/n,"), Text: "payload"},
		{At: 2e6, Session: "server", Direction: wire.Out, Kind: wire.KindHTTP, Text: "200 ok"},
		{At: 3e6, Session: "server/1", Transport: "websocket", Direction: wire.In, Kind: wire.KindPacket, Data: []byte("40")},
	}
	a := archiveOf(t, events)
	if len(a.Log.Entries) != 2 {
		t.Fatalf("%d entries", len(a.Log.Entries))
	}
	post, socket := a.Log.Entries[0], a.Log.Entries[1]
	if post.Request.PostData.Text != "40/n," || post.Response.Content.Text != "ok" || post.Request.URL != "http://server/socket.io/?EIO=4&transport=polling&sid=a" {
		t.Errorf("the POST: %+v", post)
	}
	if len(socket.Messages) != 1 || socket.Messages[0].Type != "send" || socket.Comment != "the handshake is not recorded" {
		t.Errorf("the WebSocket: %+v", socket)
	}
}

func TestHARStaysOfUsefulSize(t *testing.T) {
	var all []*event.Result
	for range 300 {
		all = append(all, &event.Result{Scenario: "a", Verdict: event.Differs, Transcript: []wire.Entry{
			{Direction: wire.Out, Kind: wire.KindHTTP, Text: "POST /", Data: bytes.Repeat([]byte("x"), 1<<20)},
			{Direction: wire.In, Kind: wire.KindHTTP, Text: "200 x", Data: bytes.Repeat([]byte{0xff}, 1<<20)},
		}})
	}
	events := run(false, event.Footer{}, all...)
	m := hostileModel(t, events)
	var b bytes.Buffer
	if err := HAR(&b, m); err != nil {
		t.Fatal(err)
	}
	if most := 8 << 20; b.Len() > most || !strings.Contains(b.String(), "results are left out; the event stream has all") {
		t.Errorf("%d bytes, want at most %d, with a note", b.Len(), most)
	}
}

func TestArchivesAndCTRFHoldHostileStrings(t *testing.T) {
	har, ctrf := schematest.Compile(t, "testdata/har.schema.json", ""), schematest.Compile(t, "testdata/ctrf.schema.json", "")
	for name, s := range hostileStrings() {
		t.Run(name, func(t *testing.T) {
			m := hostileModel(t, hostileEvents(s))
			r := &m.Results[0]
			for _, kind := range []wire.Kind{wire.KindHTTP, wire.KindOpen, wire.KindPacket} {
				for _, transport := range []string{"polling", "websocket"} {
					for _, d := range []wire.Direction{wire.Out, wire.In} {
						r.Transcript = append(r.Transcript, wire.Entry{Session: s, Transport: transport, Direction: d, Kind: kind, Data: []byte(s), Text: s})
					}
				}
			}
			var archive, tests bytes.Buffer
			if err := HAR(&archive, m); err != nil {
				t.Fatal(err)
			}
			if err := schematest.Validate(t, har, archive.String()); err != nil {
				t.Error(err)
			}
			if err := CTRF(&tests, m); err != nil {
				t.Fatal(err)
			}
			if err := schematest.Validate(t, ctrf, tests.String()); err != nil {
				t.Error(err)
			}
			if most := 12 << 20; archive.Len() > most || tests.Len() > most {
				t.Errorf("%d and %d bytes, want at most %d", archive.Len(), tests.Len(), most)
			}
			wantPrintable(t, strings.ReplaceAll(archive.String()+tests.String(), "\n", ""))
		})
	}
}

func TestCTRFIsValidByItsSchema(t *testing.T) {
	schema := schematest.Compile(t, "testdata/ctrf.schema.json", "")
	for name, events := range map[string][]event.Event{"sample": sampleEvents(), "full": fullEvents(), "set-up": setupEvents(), "baseline": listedEvents(), "empty header": {&event.Header{}, &event.Footer{}}} {
		if err := schematest.Validate(t, schema, string(render(t, CTRF, events))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
