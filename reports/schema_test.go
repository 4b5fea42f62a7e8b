package reports

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/wire"
	"github.com/sio-conform/sio-conform/internal/schematest"
)

// schemas compiles the schemas of the stream and of report.json.
func schemas(t testing.TB) (eventSchema, reportSchema *jsonschema.Schema) {
	t.Helper()
	return compile(t, "event.schema.json"), compile(t, "report.schema.json")
}

// compile compiles one of schema/*.json.
func compile(t testing.TB, file string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.AssertContent()
	const base = "https://example.invalid/"
	for _, name := range []string{"event.schema.json", "report.schema.json", "diff.schema.json", "matrix.schema.json"} {
		b, err := os.ReadFile("schema/" + name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(base+name, doc); err != nil {
			t.Fatal(err)
		}
	}
	return c.MustCompile(base + file)
}

// fullEvents is a stream in which every member that there is has a value.
func fullEvents() []event.Event {
	events := sampleEvents()
	h := sampleHeader()
	h.Only, h.Skip, h.Target.Command, h.Target.Dir, h.Strict, h.Baseline = []string{"connect.*"}, []string{"polling"}, "node app.js", "targets/app", true, "baseline.yaml"
	expected := 0
	for i, e := range events {
		switch e := e.(type) {
		case *event.Result:
			if e.Verdict != event.Pass {
				e.Deviation = &event.Deviation{Why: "w", See: "s", Until: "2027-06-30", At: "baseline.yaml:1"}
				expected++
			}
			e.Profile, e.Reason, e.Expected, e.Actual, e.Output = "default", "r", "e", "a", "o"
			e.Observations = []event.Observation{{Name: "n", Value: "v"}}
			if i > 3 { // one transcript is enough
				continue
			}
			for _, kind := range []wire.Kind{wire.KindPacket, wire.KindHTTP, wire.KindOpen, wire.KindClose, wire.KindExpect, wire.KindFailure, wire.KindFault} {
				e.Transcript = append(e.Transcript,
					wire.Entry{At: 1, Session: "main", Transport: "polling", Direction: wire.In, Kind: kind, Binary: true, Data: []byte{0xff}, Text: "t"},
					wire.Entry{At: 1, Session: "main", Transport: "polling", Direction: wire.Out, Kind: kind, Data: []byte("x"), Text: "t"})
			}
		case *event.TargetNote:
			e.Output = "o"
		case *event.Footer:
			e.Interrupted, e.SetupError, e.Expected, e.Baseline = true, "s", expected, []string{"baseline.yaml:2: b"}
		}
	}
	events[0] = h
	return events
}

func TestStreamsAreValidByTheSchema(t *testing.T) {
	s, _ := schemas(t)
	for name, events := range map[string][]event.Event{
		"sample": sampleEvents(), "full": fullEvents(), "set-up error": setupEvents(), "empty header": {&event.Header{}, &event.Footer{}},
	} {
		t.Run(name, func(t *testing.T) {
			for line := range bytes.Lines(stream(t, events)) {
				if err := schematest.Validate(t, s, string(line)); err != nil {
					t.Errorf("%v in %s", err, line)
				}
			}
		})
	}
}

func TestReportsAreValidByTheSchema(t *testing.T) {
	_, s := schemas(t)
	for name, events := range map[string][]event.Event{
		"sample": sampleEvents(), "full": fullEvents(), "set-up error": setupEvents(), "empty header": {&event.Header{}, &event.Footer{}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := schematest.Validate(t, s, string(render(t, JSON, events))); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSchemasRefuse(t *testing.T) {
	eventSchema, reportSchema := schemas(t)
	lines := strings.Split(string(stream(t, fullEvents())), "\n")
	report := string(render(t, JSON, fullEvents()))
	line := func(kind string) string {
		t.Helper()
		for _, l := range lines {
			if strings.HasPrefix(l, `{"event":"`+kind+`"`) {
				return l
			}
		}
		t.Fatalf("no %s", kind)
		return ""
	}
	tests := []struct {
		name     string
		schema   *jsonschema.Schema
		document string
		old, new string
	}{
		{"unknown kind", eventSchema, line("footer"), `"event":"footer"`, `"event":"end"`},
		{"other version", eventSchema, line("header"), `"version":1`, `"version":2`},
		{"no target", eventSchema, line("header"), `"target":`, `"aim":`},
		{"unknown level member", eventSchema, line("header"), `"level":"must"`, `"level":"must","weight":1`},
		{"unknown verdict", eventSchema, line("result"), `"verdict":"`, `"verdict":"x`},
		{"no duration", eventSchema, line("result"), `"duration_us":`, `"duration":`},
		{"data twice", eventSchema, line("result"), `"base64":"/w=="`, `"base64":"/w==","data":"x"`},
		{"not base64", eventSchema, line("result"), `"base64":"/w=="`, `"base64":"/w="`},
		{"unknown direction", eventSchema, line("result"), `"direction":"in"`, `"direction":"up"`},
		{"no time", eventSchema, line("started"), `"at":"2025`, `"at":"then`},
		{"unknown member of a note", eventSchema, line("target"), `"text":`, `"colour":1,"text":`},
		{"no exit code", eventSchema, line("footer"), `"exit_code"`, `"exit"`},
		{"verdict missing in the summary", eventSchema, line("footer"), `"skipped":1,`, ``},
		{"unknown verdict in the summary", eventSchema, line("footer"), `"skipped":1,`, `"skipped":1,"soso":0,`},
		{"report without version", reportSchema, report, `"version": 1,`, ``},
		{"report with a number as seed", reportSchema, report, `"seed": "18446744073709551615"`, `"seed": 18446744073709551615`},
		{"report with an unknown member", reportSchema, report, `"interrupted": true`, `"interrupted": true, "late": true`},
		{"report with an unknown verdict", reportSchema, report, `"verdict": "pass"`, `"verdict": "passed"`},
		{"report without reason", reportSchema, report, `"reason": "r",`, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(tt.document, tt.old) {
				t.Fatalf("no %s in %s", tt.old, tt.document)
			}
			if err := schematest.Validate(t, tt.schema, strings.Replace(tt.document, tt.old, tt.new, 1)); err == nil {
				t.Error("accepted")
			}
		})
	}
}

// Every name that the schemas give to a member is one that the program writes.
func TestSchemasNameNothingElse(t *testing.T) {
	written := make(map[string]bool)
	for line := range bytes.Lines(stream(t, fullEvents())) {
		names(t, line, written)
	}
	names(t, render(t, JSON, fullEvents()), written)
	for _, file := range []string{"event.schema.json", "report.schema.json"} {
		b, err := os.ReadFile("schema/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range properties(t, b) {
			if !written[name] {
				t.Errorf("%s names %q, which nothing writes", file, name)
			}
		}
	}
}

// names adds the names of all members in a document.
func names(t testing.TB, document []byte, to map[string]bool) {
	t.Helper()
	walk(t, document, func(name string, _ any) { to[name] = true })
}

// properties returns all names below "properties" in a schema.
func properties(t testing.TB, schema []byte) (all []string) {
	t.Helper()
	walk(t, schema, func(name string, value any) {
		if name == "properties" {
			all = append(all, slices.Collect(maps.Keys(value.(map[string]any)))...)
		}
	})
	return all
}

// walk visits each member of each object in a document.
func walk(t testing.TB, document []byte, visit func(name string, value any)) {
	t.Helper()
	var v any
	if err := json.Unmarshal(document, &v); err != nil {
		t.Fatal(err)
	}
	var into func(v any)
	into = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, value := range v {
				visit(name, value)
				into(value)
			}
		case []any:
			for _, value := range v {
				into(value)
			}
		}
	}
	into(v)
}
