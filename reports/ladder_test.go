package reports

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// An exchange makes transcripts of few words: each entry is a microsecond behind the one before.
type exchange []wire.Entry

func (x *exchange) add(e wire.Entry) {
	e.At = time.Duration(len(*x)) * time.Microsecond
	*x = append(*x, e)
}

func (x *exchange) packet(session, transport string, d wire.Direction, data string) {
	x.add(wire.Entry{Session: session, Transport: transport, Direction: d, Kind: wire.KindPacket, Data: []byte(data)})
}

func (x *exchange) http(session string, d wire.Direction, text string) {
	x.add(wire.Entry{Session: session, Transport: "polling", Direction: d, Kind: wire.KindHTTP, Text: text})
}

func (x *exchange) note(session string, kind wire.Kind, text string) {
	x.add(wire.Entry{Session: session, Direction: wire.Note, Kind: kind, Text: text})
}

func draw(x exchange, r event.Result) *ladder {
	r.Transcript = x
	return ladderOf(&event.Header{Target: event.Target{Name: "app"}}, &r)
}

// steps returns the class, head and bytes of each step.
func steps(d *ladder) []string {
	var all []string
	for _, r := range d.Rows {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s: %s %s", r.Class, r.Head, strings.Join(r.Wire[:], ""))))
	}
	return all
}

func TestLadderHasExpectedBesideActual(t *testing.T) {
	var x exchange
	x.note("main", wire.KindExpect, "0{...}")
	x.packet("main", "websocket", wire.In, `0{"sid":"a"}`)
	x.packet("main", "websocket", wire.Out, "40/nope,")
	x.note("main", wire.KindExpect, "44/nope,{...}")
	x.packet("main", "websocket", wire.In, "40/nope,{}")
	x.note("", wire.KindFailure, "CONNECT instead of CONNECT_ERROR")
	x.packet("main", "websocket", wire.Out, "41/nope,")
	d := draw(x, event.Result{Expected: "44/nope,{...}", Actual: "40/nope,{}"})
	want := []string{
		`packet: OPEN · websocket 0{"sid":"a"}`, "packet: CONNECT · websocket 40/nope,", "expect: expected 44/nope,{...}",
		"packet actual: CONNECT · websocket 40/nope,{}", "packet: DISCONNECT · websocket 41/nope,",
	}
	if got := steps(d); !slices.Equal(got, want) {
		t.Errorf("steps %q, want %q", got, want)
	}
	v := d.Verdict
	if v == nil || v.Expected[0].Text != "44/nope,{...}" || v.Actual[0].Text != "40/nope,{}" || v.At != "0.005" || v.ActualX <= v.ExpectedX {
		t.Fatalf("verdict %+v", v)
	}
	if actual, next := d.Rows[3], d.Rows[4]; actual.Y >= v.Y || next.Y <= v.Y+v.Height {
		t.Errorf("the verdict at %d is not between the steps at %d and %d", v.Y, actual.Y, next.Y)
	}
}

func TestLadderSaysWhyWhereNothingWasExpected(t *testing.T) {
	var x exchange
	x.packet("main", "websocket", wire.In, "2")
	x.note("", wire.KindFailure, "the target ended")
	if v := draw(x, event.Result{}).Verdict; v == nil || v.Middle != 0 || v.Actual[0].Text != "the target ended" || len(v.Expected) != 0 {
		t.Errorf("verdict %+v", v)
	}
}

func TestLadderMarksWhatIsMalformedAtItsOffset(t *testing.T) {
	long := strings.Repeat("x", 300)
	tests := []struct {
		name, axes, data string
		want             [3]string
		caret            string
	}{
		{"in the middle", "rev5", `45a-["x"]`, [3]string{"45", "a", `-["x"]`}, "  ^ offset 2: no attachment count"},
		{"at the end", "rev5", `42["x"`, [3]string{`42["x"`, "⟨end⟩", ""}, "      ^ offset 6: invalid JSON: unexpected EOF"},
		{"unknown type", "rev5", "9", [3]string{"", "9", ""}, "^ offset 0: unknown Engine.IO packet type"},
		{"not UTF-8", "rev5", "42[\"\xff\"]", [3]string{`42["`, `\xff`, `"]`}, `    ^ offset 4: invalid UTF-8`},
		{"of its revision", "rev5,polling", `40["x"]`, [3]string{"40", "[", `"x"]`}, "  ^ offset 2: the data of CONNECT is not an object"},
		{"far behind", "rev5", `42["` + long + `" 1]`, [3]string{"…" + strings.Repeat("x", ladderColumns/2-3) + `" `, "1", "]"}, strings.Repeat(" ", ladderColumns/2) + "^ offset 306: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var x exchange
			x.packet("main", "websocket", wire.In, tt.data)
			r := draw(x, event.Result{Axes: tt.axes}).Rows[0]
			if r.Wire != tt.want {
				t.Errorf("bytes %q, want %q", r.Wire, tt.want)
			}
			if len(r.Carets) == 0 || !strings.HasPrefix(r.Carets[0].Text, tt.caret) {
				t.Errorf("remarks %+v, want %q", r.Carets, tt.caret)
			}
		})
	}
}

func TestLadderReadsRevision4AsSuch(t *testing.T) {
	var x exchange
	x.packet("main", "websocket", wire.In, `44"not authorized"`)
	for axes, want := range map[string]int{"rev4,websocket": 0, "rev5,websocket": 1} {
		if got := len(draw(x, event.Result{Axes: axes}).Rows[0].Carets); got != want {
			t.Errorf("%s: %d remarks, want %d", axes, got, want)
		}
	}
}

func TestLadderLeavesOutRequestsThatCarryPackets(t *testing.T) {
	var x exchange
	x.http("main", wire.Out, "GET /socket.io/")
	x.http("main", wire.In, "200 text/plain")
	x.packet("main", "polling", wire.In, "0{}")
	x.http("main", wire.Out, "POST /socket.io/")
	x.http("main", wire.In, "400 application/json")
	x.http("other", wire.Out, "GET /socket.io/?EIO=9")
	x.http("other", wire.In, "200 text/plain")
	x.http("server", wire.In, "GET /socket.io/?EIO=4")
	x.packet("server/1", "polling", wire.Out, "0{}")
	x.http("server", wire.Out, `200 0{}`)
	d := draw(x, event.Result{})
	want := []string{
		"packet: OPEN · main · polling 0{}", "http: POST /socket.io/ · main · polling", "http: 400 application/json · main · polling",
		"http: GET /socket.io/?EIO=9 · other · polling", "http: 200 text/plain · other · polling", "packet: OPEN · server/1 · polling 0{}",
	}
	if got := steps(d); !slices.Equal(got, want) {
		t.Errorf("steps %q, want %q", got, want)
	}
	if want := []string{"4 requests and answers of long-polling"}; !slices.Equal(d.Notes, want) {
		t.Errorf("notes %q, want %q", d.Notes, want)
	}
}

func TestLadderHasALaneForEachSessionUpToALimit(t *testing.T) {
	var x exchange
	for i := range 12 {
		x.packet(fmt.Sprint("peer ", i), "websocket", wire.Out, "40")
	}
	d := draw(x, event.Result{})
	if len(d.Lanes) != ladderLanes || !strings.HasSuffix(d.Lanes[ladderLanes-1].Name, "and 4 sessions more") {
		t.Errorf("lanes %+v", d.Lanes)
	}
	if head := d.Rows[11].Head; !strings.Contains(head, "peer 11") {
		t.Errorf("the head %q does not name its session", head)
	}
	for i, l := range d.Lanes {
		if l.X >= d.Target.X || i > 0 && l.X <= d.Lanes[i-1].X || l.Bottom != d.Height {
			t.Errorf("lane %d is %+v, the target's %+v", i, l, d.Target)
		}
	}
}

func TestLadderGivesEachNamespaceItsColor(t *testing.T) {
	var x exchange
	for _, data := range []string{"40/a,", "40", "40/b,", "42/a,[\"x\"]", "2"} {
		x.packet("main", "websocket", wire.Out, data)
	}
	var got []string
	for _, r := range draw(x, event.Result{}).Rows {
		if r.Pill == nil {
			got = append(got, "none")
			continue
		}
		got = append(got, fmt.Sprint(r.Pill.Text, " ", r.Pill.Color))
	}
	if want := []string{"/a 1", "/ 0", "/b 2", "/a 1", "none"}; !slices.Equal(got, want) {
		t.Errorf("namespaces %q, want %q", got, want)
	}
}

func TestLadderDrawsThePartAroundTheFailure(t *testing.T) {
	var x exchange
	for i := range 200 {
		if i == 150 {
			x.note("", wire.KindFailure, "wrong")
		}
		x.packet("main", "websocket", wire.Out, fmt.Sprintf(`42["%d"]`, i))
	}
	d := draw(x, event.Result{})
	if len(d.Rows) != ladderEntries-1 || d.Verdict == nil {
		t.Errorf("%d steps, verdict %v", len(d.Rows), d.Verdict)
	}
	if want := []string{"111 earlier steps", "42 later steps"}; !slices.Equal(d.Notes, want) {
		t.Errorf("notes %q, want %q", d.Notes, want)
	}
}

func TestLadderTakesLinesOfADriverForWhatTheyAre(t *testing.T) {
	var x exchange
	x.packet("driver", "", wire.Out, `{"op":"open"}`)
	x.packet("server/1", "websocket", wire.In, "40")
	d := draw(x, event.Result{})
	if want := []string{`packet: driver {"op":"open"}`, "packet: CONNECT · server/1 · websocket 40"}; !slices.Equal(steps(d), want) {
		t.Errorf("steps %q, want %q", steps(d), want)
	}
	if len(d.Rows[0].Carets) > 0 || d.Rows[0].Pill != nil {
		t.Errorf("a line of a driver is read as a packet: %+v", d.Rows[0])
	}
}

func TestThereIsNoLadderOfNothing(t *testing.T) {
	if d := draw(nil, event.Result{}); d != nil {
		t.Errorf("got %+v", d)
	}
}
