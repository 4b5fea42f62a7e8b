package reports

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
)

func TestReadSortsResultsByScenarioAndAxes(t *testing.T) {
	m := model(t, sampleEvents())
	var names []string
	for i := range m.Results {
		names = append(names, m.Results[i].Scenario+" "+m.Results[i].Axes)
	}
	if !slices.IsSorted(names) || len(names) != len(sampleResults()) {
		t.Errorf("results %q", names)
	}
}

func TestReadCollectsEverything(t *testing.T) {
	m := model(t, sampleEvents())
	if m.Header == nil || m.Footer == nil || len(m.Notes) != 2 || len(m.Unfinished) != 0 || m.Err != nil {
		t.Errorf("model %+v", m)
	}
}

func TestAddKeepsTheOrderOfEquals(t *testing.T) {
	m := new(Model)
	for _, reason := range []string{"first", "second", "third"} {
		m.Add(&event.Result{Scenario: "a", Reason: reason})
	}
	m.Add(&event.Result{Scenario: "A", Reason: "before"})
	var got []string
	for i := range m.Results {
		got = append(got, m.Results[i].Reason)
	}
	if want := []string{"before", "first", "second", "third"}; !slices.Equal(got, want) {
		t.Errorf("results %q, want %q", got, want)
	}
}

func TestReadSaysWhatIsMissing(t *testing.T) {
	whole := string(stream(t, sampleEvents()))
	lines := strings.SplitAfter(whole, "\n")
	tests := []struct {
		name, text string
		results    int
		cause      error
		says       []string
	}{
		{"everything", "", 0, event.ErrNoHeader, []string{"missing the header, the footer"}},
		{"header", strings.Join(lines[1:], ""), 0, event.ErrNoHeader, []string{"the header"}},
		{"footer and results", strings.Join(lines[:7], ""), 2, event.ErrNoFooter, []string{"the footer, 7 of 9 results, the end of connect.main[rev5,polling]", "line 7"}},
		{"footer only", strings.Join(lines[:len(lines)-2], ""), 9, event.ErrNoFooter, []string{"missing the footer:"}},
		{"part of a line", whole[:len(whole)-9], 9, event.ErrTorn, []string{"torn"}},
		{"nothing, but there is more", whole + whole, 9, event.ErrAfterFooter, []string{"behind its footer"}},
		{"other version", `{"event":"header","version":7}` + "\n", 0, event.ErrVersion, []string{`"7"`}},
		{"agreement", strings.Replace(whole, `"pass":2`, `"pass":3`, 1), 9, event.ErrCounts, []string{`3 "pass" and the results 2`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Read(strings.NewReader(tt.text))
			if _, ok := errors.AsType[*IncompleteError](err); !ok || !errors.Is(err, tt.cause) {
				t.Fatalf("error %v, want an *IncompleteError for %v", err, tt.cause)
			}
			for _, says := range tt.says {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("message %q does not say %q", err, says)
				}
			}
			if len(m.Results) != tt.results {
				t.Errorf("%d results are there, want %d", len(m.Results), tt.results)
			}
		})
	}
}

func TestMissingBoundsWhatItLists(t *testing.T) {
	m := new(Model)
	for range 300 {
		m.Add(&event.Started{Scenario: strings.Repeat("\x1b", 5000), Axes: "rev5"})
	}
	if got := strings.Join(m.Missing(), ", "); len(got) > 5000 || !strings.Contains(got, "295 more") || strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
}

// documents are the reports that are made of a Model.
var documents = map[string]func(io.Writer, *Model) error{
	"JSON": JSON, "JUnit": JUnit, "HTML": HTML, "Markdown": Markdown,
	"stream": func(w io.Writer, m *Model) error { return m.WriteStream(w) },
}

// A report of a stream that is no run would be taken for one.
func TestNothingRendersAnIncompleteModel(t *testing.T) {
	whole := stream(t, sampleEvents())
	cut, _ := Read(bytes.NewReader(whole[:len(whole)-1-len("}")]))
	more, _ := Read(io.MultiReader(bytes.NewReader(whole), strings.NewReader("{}\n")))
	disagrees := model(t, sampleEvents())
	disagrees.Results = disagrees.Results[1:]
	noHeader := model(t, sampleEvents())
	noHeader.Header = nil
	for name, m := range map[string]*Model{"zero": {}, "no header": noHeader, "no footer": cut, "more behind the footer": more, "wrong counts": disagrees} {
		for format, report := range documents {
			t.Run(name+" "+format, func(t *testing.T) {
				var b bytes.Buffer
				err := report(&b, m)
				if _, ok := errors.AsType[*IncompleteError](err); !ok {
					t.Errorf("error %v, want an *IncompleteError", err)
				}
				if b.Len() > 0 {
					t.Errorf("wrote %d bytes", b.Len())
				}
			})
		}
	}
}

func TestReportsPassOnTheWritersError(t *testing.T) {
	m := model(t, sampleEvents())
	full := errors.New("no space")
	for format, report := range map[string]func(io.Writer, *Model) error{
		"JSON":     JSON,
		"JUnit":    JUnit,
		"HTML":     HTML,
		"Markdown": Markdown,
		"stream":   documents["stream"],
		"transcript": func(w io.Writer, _ *Model) error {
			return WriteTranscript(w, connectTranscript(), TranscriptOptions{})
		},
	} {
		t.Run(format, func(t *testing.T) {
			if err := report(writerFunc(func([]byte) (int, error) { return 0, full }), m); !errors.Is(err, full) {
				t.Errorf("error %v, want %v", err, full)
			}
		})
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestJSONRefusesWhatJSONCannotSay(t *testing.T) {
	m := model(t, sampleEvents())
	m.Header.TimeScale = math.NaN()
	var b bytes.Buffer
	if err := JSON(&b, m); err == nil || b.Len() > 0 {
		t.Errorf("error %v, wrote %q", err, b.Bytes())
	}
}

func TestAreaOf(t *testing.T) {
	for scenario, want := range map[string]string{"namespace.connect.unknown": "namespace", "namespace": "namespace", "": "(none)", ".a": "(none)"} {
		if got := AreaOf(scenario); got != want {
			t.Errorf("AreaOf(%q) is %q, want %q", scenario, got, want)
		}
	}
}

func TestAreasAreSortedAndCounted(t *testing.T) {
	var got []string
	for _, a := range model(t, sampleEvents()).Areas() {
		got = append(got, a.Name+" "+a.Counts.String())
	}
	want := []string{"connect 2 pass, 1 fail", "dynamic 1 unsupported", "heartbeat 1 skipped", "malformed 1 crashed", "middleware 1 blocked, 1 error", "polling 1 differs"}
	if !slices.Equal(got, want) {
		t.Errorf("areas %q, want %q", got, want)
	}
}
