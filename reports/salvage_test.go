package reports

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
)

// cutOff returns the Model of a stream that ends in the middle of its fifth line: one result is there.
func cutOff(t *testing.T) *Model {
	t.Helper()
	lines := bytes.SplitAfter(stream(t, sampleEvents()), []byte("\n"))
	m, err := Read(bytes.NewReader(bytes.Join(lines[:5], nil)[:len(bytes.Join(lines[:5], nil))-9]))
	if err == nil || len(m.Results) != 1 {
		t.Fatalf("error %v with %d results", err, len(m.Results))
	}
	return m
}

func TestSalvageMarksWhatIsNoWholeRun(t *testing.T) {
	const says = "the stream is not a whole run"
	m := cutOff(t)
	if err := m.Salvage(); err != nil {
		t.Fatal(err)
	}
	for format, write := range documents {
		t.Run(format, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b, m); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), says) {
				t.Errorf("does not say %q:\n%s", says, b.Bytes())
			}
		})
	}
	var b bytes.Buffer
	if err := JSON(&b, m); err != nil {
		t.Fatal(err)
	}
	var report struct {
		Interrupted bool
		ExitCode    int `json:"exit_code"`
	}
	if err := json.Unmarshal(b.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	if !report.Interrupted || report.ExitCode != 3 {
		t.Errorf("report.json has %+v", report)
	}
}

func TestSalvageLeavesAWholeRunAsItIs(t *testing.T) {
	m := model(t, sampleEvents())
	before := *m.Footer
	if err := m.Salvage(); err != nil || m.Footer.ExitCode != before.ExitCode || m.Footer.SetupError != "" || m.Footer.Interrupted {
		t.Errorf("error %v, footer %+v", err, m.Footer)
	}
}

func TestSalvageNeedsAHeader(t *testing.T) {
	m, _ := Read(strings.NewReader(""))
	if err := m.Salvage(); err == nil {
		t.Error("no error")
	}
}

// A footer that claims something else than the results is not believed.
func TestSalvageReplacesAFooterThatDisagrees(t *testing.T) {
	m := model(t, sampleEvents())
	m.Results = m.Results[1:]
	if err := m.Salvage(); err != nil {
		t.Fatal(err)
	}
	if m.Footer.ExitCode != 3 || m.Footer.Summary[event.Pass] != 1 || m.Footer.DurationUS != 1300000 {
		t.Errorf("footer %+v", m.Footer)
	}
}
