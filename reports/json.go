package reports

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/sio-conform/sio-conform/harness/event"
)

// JSONVersion is the version of what JSON writes, and of schema/report.schema.json.
const JSONVersion = 1

// jsonLimit is how many bytes of one string JSON writes. The stream has the whole.
const jsonLimit = 64 << 10

// A jsonReport is report.json. Its members are described in schema/report.schema.json.
type jsonReport struct {
	Version     int                   `json:"version"`
	Tool        string                `json:"tool"`
	Started     time.Time             `json:"started"`
	Ended       time.Time             `json:"ended"`
	DurationMS  float64               `json:"duration_ms"`
	ExitCode    int                   `json:"exit_code"`
	Interrupted bool                  `json:"interrupted"`
	SetupError  string                `json:"setup_error"`
	Seed        string                `json:"seed"` // beyond 2^53 JavaScript and jq would round a number
	Strict      bool                  `json:"strict"`
	Jobs        int                   `json:"jobs"`
	TimeScale   float64               `json:"time_scale"`
	Only        []string              `json:"only"`
	Skip        []string              `json:"skip"`
	Baseline    jsonBaseline          `json:"baseline"`
	Planned     int                   `json:"planned"`
	Target      event.Target          `json:"target"`
	Summary     map[string]int        `json:"summary"`
	Scenarios   []jsonScenario        `json:"scenarios"`
	Rules       map[string]event.Rule `json:"rules"`
	Notes       []event.TargetNote    `json:"notes"`
}

// A jsonBaseline says what was expected, and how that held.
type jsonBaseline struct {
	File     string   `json:"file"`     // empty when the run had no list
	Expected int      `json:"expected"` // results with a deviation
	Problems []string `json:"problems"`
}

type jsonScenario struct {
	ID           string              `json:"id"`
	Axes         string              `json:"axes"`
	Profile      string              `json:"profile"`
	Verdict      string              `json:"verdict"`
	Title        string              `json:"title"`
	Reason       string              `json:"reason"`
	Expected     string              `json:"expected"`
	Actual       string              `json:"actual"`
	Rules        []string            `json:"rules"`
	DurationMS   float64             `json:"duration_ms"`
	Observations []event.Observation `json:"observations"`
	Deviation    *event.Deviation    `json:"deviation"`
}

// JSON writes m as report.json: one object with "version":1, what was judged, a "summary" with a count for every verdict, "scenarios" with
// every result, and the rules that they are judged by. The form is described by schema/report.schema.json. Members are always there, also
// when empty. Strings are cut at 64 KiB, with a note of their size, and transcripts are left out; the stream has both.
//
// The error is m.Check's, or w's. Nothing is written when m is not a whole run.
func JSON(w io.Writer, m *Model) error {
	if err := m.Check(); err != nil {
		return err
	}
	h, f := m.Header, m.Footer
	report := jsonReport{
		Version: JSONVersion, Tool: h.Tool, Started: h.Started, Ended: f.Ended, DurationMS: milliseconds(f.DurationUS),
		ExitCode: f.ExitCode, Interrupted: f.Interrupted, SetupError: f.SetupError,
		Seed: strconv.FormatUint(h.Seed, 10), Strict: h.Strict, Jobs: h.Jobs, TimeScale: h.TimeScale, Only: h.Only, Skip: h.Skip,
		Baseline: jsonBaseline{File: h.Baseline, Expected: f.Expected, Problems: f.Baseline},
		Planned:  h.Planned, Target: h.Target, Summary: make(map[string]int), Rules: h.Rules, Notes: m.Notes,
	}
	for v, n := range m.Counts() {
		report.Summary[string(v)] = n
	}
	for i := range m.Results {
		r := &m.Results[i]
		report.Scenarios = append(report.Scenarios, jsonScenario{
			ID: r.Scenario, Axes: r.Axes, Profile: r.Profile, Verdict: string(r.Verdict), Title: h.Scenarios[r.Scenario].Title,
			Reason: r.Reason, Expected: r.Expected, Actual: r.Actual, Rules: r.Rules, DurationMS: milliseconds(r.DurationUS),
			Observations: r.Observations, Deviation: r.Deviation,
		})
	}
	b, err := event.AppendJSON(nil, report, jsontext.WithIndent("  "), json.WithMarshalers(json.MarshalToFunc(clipString)))
	if err != nil {
		return fmt.Errorf("reports: json: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// clipString writes a string, cut where it is too long.
func clipString(e *jsontext.Encoder, s string) error {
	return e.WriteToken(jsontext.String(clip(s, jsonLimit)))
}

func milliseconds(us int64) float64 { return float64(us) / 1000 }
