// Package event defines the stream of events that a run is: one JSON object a line, a header first and a footer last. Every report
// reads this stream and nothing else.
package event

import (
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// Version is the version of the stream. Readers refuse a stream with another one.
const Version = 1

// An Event is one line of the stream: *Header, *Started, *Result, *TargetNote or *Footer.
type Event interface{ kind() string }

// A Verdict is the outcome of one scenario on one combination of axes.
type Verdict string

// The verdicts.
const (
	Pass        Verdict = "pass"        // does what the rules say
	Fail        Verdict = "fail"        // a rule of level must or documented is broken
	Differs     Verdict = "differs"     // a rule of level reference or robust is broken
	Unsupported Verdict = "unsupported" // the target lacks a feature that the scenario needs
	Skipped     Verdict = "skipped"     // left out on request, or not reached before an interruption
	Blocked     Verdict = "blocked"     // a scenario that this one builds on failed
	Crashed     Verdict = "crashed"     // the target did not survive
	Error       Verdict = "error"       // a defect of sio-conform itself
)

// Verdicts returns all verdicts in the order in which reports list them.
func Verdicts() []Verdict {
	return []Verdict{Pass, Fail, Crashed, Differs, Unsupported, Blocked, Skipped, Error}
}

// A Header opens the stream. It holds all that a report needs to explain a result, so that a stream can be read without the program that
// wrote it.
type Header struct {
	Version   int                 `json:"version"`
	Tool      string              `json:"tool"` // "sio-conform 0.1.0"
	Started   time.Time           `json:"started"`
	Seed      uint64              `json:"seed"`
	Strict    bool                `json:"strict"`
	Jobs      int                 `json:"jobs"`
	TimeScale float64             `json:"time_scale"`
	Only      []string            `json:"only,omitempty"`
	Skip      []string            `json:"skip,omitempty"`
	Target    Target              `json:"target"`
	Baseline  string              `json:"baseline,omitempty"` // file with the deviations that are expected, as it was named
	Planned   int                 `json:"planned"`            // number of results to come
	Scenarios map[string]Scenario `json:"scenarios"`
	Rules     map[string]Rule     `json:"rules"`
}

// A Target says what is judged. The URL carries no credentials.
type Target struct {
	Name           string    `json:"name"`
	Version        string    `json:"version,omitempty"`
	Implementation string    `json:"implementation,omitempty"` // what the conformance app said of itself
	URL            string    `json:"url,omitempty"`            // empty when each profile has its own
	Command        string    `json:"command,omitempty"`        // how it was spawned
	Dir            string    `json:"dir,omitempty"`            // folder of its target.yaml, as it was named
	Level          string    `json:"level"`                    // wire, echo or contract
	Revisions      []int     `json:"revisions"`                // Socket.IO protocol revisions
	Transports     []string  `json:"transports"`
	Features       []string  `json:"features,omitempty"`
	Profiles       []Profile `json:"profiles"`
}

// A Profile is one set of server options, with what the target announced under it.
type Profile struct {
	Name         string `json:"name"`
	URL          string `json:"url"`
	PingInterval int64  `json:"ping_interval_ms"`
	PingTimeout  int64  `json:"ping_timeout_ms"`
	MaxPayload   int64  `json:"max_payload,omitempty"` // bytes; 0 when not announced
}

// A Scenario describes a scenario to the readers of a report.
type Scenario struct {
	Title   string   `json:"title"`
	Rules   []string `json:"rules"`
	Catches []string `json:"catches"` // fault ids
}

// A Rule describes a requirement to the readers of a report.
type Rule struct {
	Statement string   `json:"statement"`
	Level     string   `json:"level"` // must, documented, reference or robust
	Source    []string `json:"source,omitempty"`
	Note      string   `json:"note,omitempty"`
}

// Started says that a scenario begins.
type Started struct {
	Scenario string    `json:"scenario"`
	Axes     string    `json:"axes"` // "rev5,websocket"
	At       time.Time `json:"at"`
}

// A Result is the outcome of one scenario on one combination of axes.
type Result struct {
	Scenario     string        `json:"scenario"`
	Axes         string        `json:"axes"`
	Profile      string        `json:"profile,omitempty"`
	Verdict      Verdict       `json:"verdict"`
	Reason       string        `json:"reason,omitempty"`   // one line, ours; what the target sent is quoted in it
	Expected     string        `json:"expected,omitempty"` // the pattern or condition
	Actual       string        `json:"actual,omitempty"`   // what came instead
	Rules        []string      `json:"rules"`
	DurationUS   int64         `json:"duration_us"`
	Observations []Observation `json:"observations,omitempty"`
	Transcript   []wire.Entry  `json:"transcript,omitempty"` // of everything but passes
	Output       string        `json:"output,omitempty"`     // what a spawned target printed meanwhile, for crashes
	Deviation    *Deviation    `json:"deviation,omitempty"`  // why this is expected; nil when it is not, and of passes
}

// Name returns the full name of the execution, "namespace.connect.unknown[rev5,websocket]".
func (r *Result) Name() string { return r.Scenario + "[" + r.Axes + "]" }

// A Deviation says that a result that is no pass is expected: the baseline lists it, or what it builds on.
type Deviation struct {
	Why   string `json:"why"`
	See   string `json:"see,omitempty"`   // where more is said
	Until string `json:"until,omitempty"` // "2027-06-30": the last day on which it is expected
	At    string `json:"at"`              // the entry, "baseline.yaml:12"
}

// An Observation is a policy of the target, recorded as data and not judged.
type Observation struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A TargetNote tells of the target's own life: started, stopped, crashed, restarted.
type TargetNote struct {
	At      time.Time `json:"at"`
	Profile string    `json:"profile,omitempty"`
	Text    string    `json:"text"`
	Output  string    `json:"output,omitempty"`
}

// A Footer closes the stream. A stream without one is not a whole run.
type Footer struct {
	Ended       time.Time       `json:"ended"`
	DurationUS  int64           `json:"duration_us"`
	Summary     map[Verdict]int `json:"summary"`            // a count for every verdict, zero included
	Expected    int             `json:"expected,omitempty"` // results with a Deviation
	Baseline    []string        `json:"baseline,omitempty"` // what is not as the baseline says, one line each: an entry that holds no more, fails differently or has expired
	Interrupted bool            `json:"interrupted,omitempty"`
	SetupError  string          `json:"setup_error,omitempty"` // why nothing, or not everything, could be judged
	ExitCode    int             `json:"exit_code"`
}

func (*Header) kind() string     { return "header" }
func (*Started) kind() string    { return "started" }
func (*Result) kind() string     { return "result" }
func (*TargetNote) kind() string { return "target" }
func (*Footer) kind() string     { return "footer" }
