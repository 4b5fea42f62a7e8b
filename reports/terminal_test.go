package reports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// shown returns what is to be seen on the last line of a terminal of this width after out, and how many lines scrolled by.
func shown(t testing.TB, out string, width int) (last string, lines int) {
	t.Helper()
	var line []rune
	column := 0
	for out != "" {
		switch {
		case strings.HasPrefix(out, "\x1b[K"):
			line = line[:column]
			out = out[len("\x1b[K"):]
			continue
		case strings.HasPrefix(out, "\x1b["):
			_, out, _ = strings.Cut(out, "m")
			continue
		}
		r := []rune(out[:min(len(out), 4)])[0]
		out = out[len(string(r)):]
		switch r {
		case '\n':
			line, column, lines = nil, 0, lines+1
		case '\r':
			column = 0
		default:
			if column == width {
				t.Fatalf("a line is wider than %d columns: %q", width, string(line))
			}
			if column == len(line) {
				line = append(line, r)
			} else {
				line[column] = r
			}
			column++
		}
	}
	return strings.TrimRight(string(line), " "), lines
}

func TestTerminalRewritesOneProgressLine(t *testing.T) {
	for name, term := range map[string]Terminal{
		"colours": {Width: 80, UTF8: true, Interactive: true, Color: true}, "no colours": {Width: 80, UTF8: true, Interactive: true},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			term.W = &b
			want := []string{
				"0/9", "0/9", "0/9", "1/9 1 differs | polling 1", "1/9 1 differs | polling 1", "2/9 1 differs | connect 1, polling 1",
				"2/9 1 differs | connect 1, polling 1", "3/9 1 differs | connect 2, polling 1",
			}
			for i, e := range sampleEvents()[:len(want)] {
				if err := term.Event(e); err != nil {
					t.Fatal(err)
				}
				if last, _ := shown(t, b.String(), 80); last != want[i] {
					t.Errorf("after event %d the last line is %q, want %q", i, last, want[i])
				}
			}
		})
	}
}

func TestTerminalLeavesNoProgressBehind(t *testing.T) {
	for _, color := range []bool{false, true} {
		out := terminal(t, Terminal{Width: 80, UTF8: true, Interactive: true, Color: color}, sampleEvents())
		if last, _ := shown(t, out, 80); last != "" {
			t.Errorf("the last line is %q", last)
		}
	}
}

// Plain output is the same whatever the terminal: it goes to files and is compared.
func TestTerminalIsPlainElsewhere(t *testing.T) {
	out := terminal(t, Terminal{UTF8: true}, sampleEvents())
	if strings.ContainsAny(out, "\r\x1b") {
		t.Errorf("%q", out)
	}
}

func TestTerminalSaysHowFarItIsInPlainLines(t *testing.T) {
	var results []*event.Result
	for range 35 {
		results = append(results, &event.Result{Scenario: "a", Verdict: event.Pass})
	}
	out := terminal(t, Terminal{}, run(false, event.Footer{}, results...))
	var got []string
	for line := range strings.Lines(out) {
		if strings.HasSuffix(line, " done\n") {
			got = append(got, strings.TrimSuffix(line, " of 35 done\n"))
		}
	}
	if want := "4 7 11 14 18 21 25 28 32 35"; strings.Join(got, " ") != want {
		t.Errorf("lines at %s, want %s", got, want)
	}
}

func TestTerminalExplainsAFailure(t *testing.T) {
	out := terminal(t, Terminal{UTF8: true, Replay: replay}, sampleEvents())
	_, block, _ := strings.Cut(out, "✗ fail connect.unknown[rev5,websocket]\n")
	block, _, _ = strings.Cut(block, "\n\n✗")
	for _, want := range []string{
		"  an unknown namespace is refused\n",
		"  reason    the CONNECT was accepted\n",
		"  expected  44/nope,{\"message\":<string>}\n",
		"  actual    40/nope,",
		"  rule      sio.connect.unknown (must)\n            A CONNECT for a namespace that does not exist is answered with CONNECT_ERROR.\n",
		"            source: socket.io-protocol, Connection to a namespace\n",
		"-> websocket 40/nope,  # CONNECT /nope\n",
		"  replay    sio-conform replay events.ndjson --only 'connect.unknown[rev5,websocket]'",
	} {
		if !strings.Contains(block, want) {
			t.Errorf("no %q in\n%s", want, block)
		}
	}
}

func TestTerminalShowsTheTranscriptAroundTheFailure(t *testing.T) {
	r := &event.Result{Scenario: "a", Verdict: event.Fail, Transcript: numbered(40, 20)}
	for verbose, want := range map[int]int{0: transcriptShown, 1: transcriptShown, 2: 40} {
		out := terminal(t, Terminal{Verbose: verbose}, run(false, event.Footer{ExitCode: 1}, r))
		if got := strings.Count(out, " main "); got != want {
			t.Errorf("verbose %d: %d entries, want %d", verbose, got, want)
		}
	}
}

func TestTerminalShowsTheEndOfTheTargetsOutput(t *testing.T) {
	r := &event.Result{Scenario: "a", Verdict: event.Crashed, Output: strings.Repeat("line\n", 50) + "boom\n"}
	out := terminal(t, Terminal{}, run(false, event.Footer{ExitCode: 1}, r))
	if !strings.Contains(out, "... 39 earlier lines left out\n    | line\n") || !strings.Contains(out, "    | boom\n") {
		t.Errorf("\n%s", out)
	}
}

func TestTerminalVerbosity(t *testing.T) {
	tests := []struct {
		name      string
		term      Terminal
		has, hasn []string
	}{
		{"usual", Terminal{}, []string{"~ differs polling", "x fail connect", "  reason "}, []string{"+ pass", "o skipped", "begins", "target default"}},
		{"verbose", Terminal{Verbose: 1}, []string{"+ pass connect.main", "o skipped heartbeat", "target default: crashed", "observed close code: 1005"}, []string{"begins"}},
		{"very verbose", Terminal{Verbose: 2}, []string{"begins connect.main", "+ pass connect.main"}, nil},
		{"quiet", Terminal{Quiet: 1}, []string{"x fail connect.unknown[rev5,websocket]: the CONNECT was accepted\n", "total "}, []string{"sio-conform 0", "differs polling", "  reason "}},
		{"silent", Terminal{Quiet: 2}, []string{"result    exit code 4"}, []string{"connect", "total"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := terminal(t, tt.term, sampleEvents())
			for _, want := range tt.has {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
			for _, not := range tt.hasn {
				if strings.Contains(out, not) {
					t.Errorf("%q in\n%s", not, out)
				}
			}
		})
	}
}

func TestTerminalTakesWhatDiffersForAFailureInAStrictRun(t *testing.T) {
	r := &event.Result{Scenario: "a", Verdict: event.Differs, Reason: "because"}
	for strict, want := range map[bool]bool{false: false, true: true} {
		out := terminal(t, Terminal{}, run(strict, event.Footer{}, r))
		if got := strings.Contains(out, "  reason    because"); got != want {
			t.Errorf("strict %v: explained %v\n%s", strict, got, out)
		}
	}
}

// manyAreas is a run of n areas with every verdict.
func manyAreas(n int) []event.Event {
	var results []*event.Result
	for i := range n {
		for _, v := range event.Verdicts() {
			results = append(results, &event.Result{Scenario: fmt.Sprintf("area-number-%02d.a", i), Verdict: v, Reason: "because", Rules: []string{"sio.connect.answer"}})
		}
	}
	return run(false, event.Footer{ExitCode: 1, DurationUS: 61_234_567}, results...)
}

func TestTerminalSummaryFitsOneScreen(t *testing.T) {
	for _, areas := range []int{1, 10, 11, 40} {
		t.Run(fmt.Sprint(areas, " areas"), func(t *testing.T) {
			out := terminal(t, Terminal{Width: 80, UTF8: true, Quiet: 1, Replay: replay, Next: []string{"see reports/report.json"}}, manyAreas(areas))
			_, summary, _ := strings.Cut(out, "\n\n")
			if n := strings.Count(summary, "\n"); n > 23 { // and the prompt
				t.Errorf("%d lines:\n%s", n, summary)
			}
		})
	}
}

func TestTerminalSummarySaysWhatToDo(t *testing.T) {
	pass := &event.Result{Scenario: "a", Verdict: event.Pass}
	tests := []struct {
		name   string
		events []event.Event
		want   []string
	}{
		{"conforms", run(false, event.Footer{DurationUS: 1500000}, pass), []string{"result    exit code 0, as expected; 1 pass in 1.5s\n"}},
		{"differs", run(false, event.Footer{}, &event.Result{Scenario: "a", Verdict: event.Differs}), []string{"next      --strict makes a failure of each of the 1 result that differs\n"}},
		{"fails", run(false, event.Footer{ExitCode: 1}, &event.Result{Scenario: "a", Axes: "b", Verdict: event.Fail, Rules: []string{"r"}}), []string{"next      sio-conform explain r\n", "next      sio-conform replay events.ndjson --only 'a[b]'\n", "exit code 1, the target does not conform"}},
		{"set-up", setupEvents(), []string{"set-up    dial tcp 127.0.0.1:3000: connection refused\n", "next      see that the target runs", "exit code 3, the target could not be reached or set up"}},
		{"defect", run(false, event.Footer{ExitCode: 4}, &event.Result{Scenario: "a", Verdict: event.Error}), []string{"please report this", "exit code 4, a defect of sio-conform itself"}},
		{"usage", run(false, event.Footer{ExitCode: 2}), []string{"exit code 2, the command was not used as it must be; no results"}},
		{"interrupted", run(false, event.Footer{ExitCode: 130, Interrupted: true}, pass), []string{"next      run again", "exit code 130, interrupted"}},
		{"unknown code", run(false, event.Footer{ExitCode: 99}), []string{"no meaning is known for exit code 99"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := terminal(t, Terminal{Replay: replay}, tt.events)
			for _, want := range tt.want {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
		})
	}
}

func TestTerminalTableShrinks(t *testing.T) {
	tests := []struct {
		width int
		want  string
	}{
		{80, "            pass  fail  crashed  differs  unsupported  blocked  skipped  error\n"},
		{70, "            pass  fail  crash  diff  unsup  block  skip  error\n"},
		{40, "connect: 2 pass, 1 fail\n"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.width), func(t *testing.T) {
			if out := terminal(t, Terminal{Width: tt.width}, sampleEvents()); !strings.Contains(out, tt.want) {
				t.Errorf("no %q in\n%s", tt.want, out)
			}
		})
	}
}

func TestTerminalSaysThatARunIsIncomplete(t *testing.T) {
	whole := stream(t, sampleEvents())
	lines := bytes.SplitAfter(whole, []byte("\n"))
	tests := []struct {
		name, text string
		want       error
		says       string
	}{
		{"nothing", "", event.ErrNoHeader, "missing the header, the footer"},
		{"no footer", string(bytes.Join(lines[:5], nil)), event.ErrNoFooter, "missing the footer"},
		{"torn", string(whole[:len(whole)-5]), event.ErrTorn, "missing the footer"},
		{"more behind the footer", string(whole) + "{}\n", event.ErrAfterFooter, "behind its footer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			term := Terminal{W: &b, Width: 200, Interactive: true}
			err := term.Run(strings.NewReader(tt.text))
			if _, ok := errors.AsType[*IncompleteError](err); !ok || !errors.Is(err, tt.want) {
				t.Errorf("error %v, want an *IncompleteError for %v", err, tt.want)
			}
			_, said, found := strings.Cut(b.String(), "incomplete: ")
			if !found || !strings.Contains(said, tt.says) || !strings.HasSuffix(said, "\n") {
				t.Errorf("%q does not say %q", b.String(), tt.says)
			}
		})
	}
}

func TestTerminalCloseWithoutAFooter(t *testing.T) {
	term := Terminal{W: io.Discard}
	if err := term.Event(sampleHeader()); err != nil {
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*IncompleteError](term.Close()); !ok {
		t.Error("no *IncompleteError")
	}
}

// Whoever writes the stream into a pipe must not be held up by a terminal that went away, nor by a stream that is wrong.
func TestTerminalReadsToTheEnd(t *testing.T) {
	whole := stream(t, manyAreas(20))
	full := errors.New("broken pipe")
	tests := []struct {
		name string
		text []byte
		w    io.Writer
		want error
	}{
		{"W fails", whole, writerFunc(func([]byte) (int, error) { return 0, full }), full},
		{"wrong stream", append([]byte("garbage\n"), whole...), io.Discard, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := bytes.NewReader(tt.text)
			term := Terminal{W: tt.w}
			if err := term.Run(r); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if r.Len() > 0 {
				t.Errorf("%d bytes not read", r.Len())
			}
		})
	}
}

func TestTerminalCannotSayThatARunIsIncomplete(t *testing.T) {
	broken := errors.New("broken pipe")
	term := Terminal{W: writerFunc(func([]byte) (int, error) { return 0, broken })}
	if err := term.Close(); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func TestTerminalProgressFitsATerminalOfUnknownWidth(t *testing.T) {
	var b strings.Builder
	term := Terminal{W: &b, Interactive: true}
	for _, e := range manyAreas(40) {
		if _, last := e.(*event.Footer); last {
			break
		}
		if err := term.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	line := b.String()[strings.LastIndexAny(b.String(), "\r\n")+1:]
	if len(line) != 79 || !strings.HasSuffix(line, "...") {
		t.Errorf("%d columns: %q", len(line), line)
	}
}

func TestTerminalWritesNothingBehindAnError(t *testing.T) {
	calls := 0
	term := Terminal{W: writerFunc(func([]byte) (int, error) { calls++; return 0, errors.New("broken pipe") })}
	for _, e := range sampleEvents() {
		if err := term.Event(e); err == nil {
			t.Error("no error")
		}
	}
	if calls != 1 {
		t.Errorf("%d writes, want 1", calls)
	}
}

func TestTerminalTakesResultsWithoutAHeader(t *testing.T) {
	var b strings.Builder
	term := Terminal{W: &b, Interactive: true}
	for _, e := range sampleEvents()[1:] {
		if err := term.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(b.String(), "x fail connect.unknown[rev5,websocket]") {
		t.Errorf("%s", b.String())
	}
}

func TestTerminalShowsFewOfMany(t *testing.T) {
	r := &event.Result{Scenario: "a", Verdict: event.Fail}
	h := sampleHeader()
	for i := range 100 {
		id := fmt.Sprintf("rule%02d", i)
		r.Rules = append(r.Rules, id)
		h.Rules[id] = event.Rule{Statement: "s", Level: "must", Source: make([]string, 100)}
		r.Observations = append(r.Observations, event.Observation{Name: id})
	}
	h.Planned = 1
	out := terminal(t, Terminal{}, []event.Event{h, &event.TargetNote{}, r, &event.Footer{ExitCode: 1}})
	for _, want := range []string{"... 94 more rules", "... 94 more sources", "... 80 more observations"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func ExampleTerminal() {
	var stream bytes.Buffer
	w := event.NewWriter(&stream)
	for _, e := range []event.Event{
		&event.Header{
			Tool: "sio-conform 0.1.0", Planned: 1, Jobs: 1,
			Target:    event.Target{Name: "app", Level: "wire", Revisions: []int{5}, Transports: []string{"websocket"}},
			Scenarios: map[string]event.Scenario{"connect.unknown": {Title: "an unknown namespace is refused"}},
		},
		&event.Result{
			Scenario: "connect.unknown", Axes: "rev5,websocket", Verdict: event.Fail, Reason: "the CONNECT was accepted",
			Transcript: []wire.Entry{{Session: "main", Direction: wire.In, Kind: wire.KindPacket, Data: []byte("40/nope,")}},
		},
		&event.Footer{ExitCode: 1},
	} {
		if err := w.Write(e); err != nil {
			fmt.Println(err)
		}
	}
	term := Terminal{W: exampleOut{}}
	fmt.Println(term.Run(&stream))
	// Output:
	// sio-conform 0.1.0
	// target    app
	// level     wire; revision 5; over websocket
	// seed      0, 1 result planned, 1 job
	//
	// x fail connect.unknown[rev5,websocket]
	//   an unknown namespace is refused
	//   reason    the CONNECT was accepted
	//   transcript, 1 entry
	//       0.000 main <- 40/nope,
	//
	// target    app
	// level     wire; revision 5; over websocket
	//          pass  fail
	// connect     0     1
	// total       0     1
	// result    exit code 1, the target does not conform; 1 fail in 0s
	// <nil>
}

// exampleOut writes to the standard output of an example.
type exampleOut struct{}

func (exampleOut) Write(p []byte) (int, error) { return fmt.Print(string(p)) }
