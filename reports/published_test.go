package reports

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/internal/schematest"
)

// TestPublishedMatrix shows that what is published is valid, that all of it was made of the same matrix, and that the official implementations are among it.
func TestPublishedMatrix(t *testing.T) {
	if err := schematest.Validate(t, compile(t, "matrix.schema.json"), string(publishedMatrix)); err != nil {
		t.Error(err)
	}
	m := Published()
	read := func(name string) string {
		b, err := os.ReadFile("published/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if got := renderMatrix(t, withBadges(MatrixMarkdown, "badges"), m); got != read("README.md") {
		t.Error("README.md is not made of matrix.json; make published writes both")
	}
	for _, f := range m.Badges() {
		var svg, json, evidence bytes.Buffer
		for name, write := range map[string]error{
			f.Name + ".svg": ColumnBadgeSVG(&svg, f.Column), f.Name + ".json": ColumnBadgeJSON(&json, f.Column), f.Name + ".md": MatrixEvidence(&evidence, m, f.Column),
		} {
			if write != nil {
				t.Errorf("%s: %v", name, write)
			}
		}
		if svg.String() != read("badges/"+f.Name+".svg") || json.String() != read("badges/"+f.Name+".json") || evidence.String() != read("evidence/"+f.Name+".md") {
			t.Errorf("the files of %s are not made of matrix.json; make published writes them", f.Name)
		}
		if strings.Contains(f.Column.Report, "/") {
			t.Errorf("%s links to a report that is not published", f.Name)
		}
	}
	for _, name := range []string{"socketio-4 4.8.4", "socketio-3 3.1.2", "socketio-2 2.5.1", "socketio-client 4.8.4"} {
		if _, found := m.column(name); !found {
			t.Errorf("there is no %s", name)
		}
	}
}

// TestHTMLTellsWhatOthersDo shows the verdicts of other implementations, but not of the target itself, and those of earlier runs.
func TestHTMLTellsWhatOthersDo(t *testing.T) {
	older, m := model(t, sampleEvents()), model(t, sampleEvents())
	for i := range older.Results {
		if r := &older.Results[i]; r.Verdict == event.Fail {
			r.Verdict = event.Pass
		}
	}
	older.Footer.Summary = older.Counts()
	others, err := NewMatrix([]MatrixRun{{Run: model(t, sampleEvents())}, {Name: "other 1", Run: older}, {Name: "other 2", Run: model(t, sampleEvents())}})
	if err != nil {
		t.Fatal(err)
	}
	m.Others, m.Earlier = others, []*Model{older, model(t, sampleEvents())}
	var b bytes.Buffer
	if err := HTML(&b, m); err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(b.String(), `id="connect.unknown"`)
	section, _, _ = strings.Cut(section, `<details class="scenario"`)
	for _, want := range []string{
		`other implementations</small> <span class="v pass">pass</span> other 1 <span class="v fail">fail</span> other 2</p>`,
		`<small>before</small> <span class="v pass">pass</span> <small>2025-03-01 12:00</small> <span class="v fail">fail</span> <small>2025-03-01 12:00</small>`,
	} {
		if !strings.Contains(section, want) {
			t.Errorf("no %s in %s", want, section)
		}
	}
	if n := strings.Count(b.String(), `<p class="history">`); n != 4 { // those that ask to be looked at
		t.Errorf("%d histories, want 4", n)
	}
}
