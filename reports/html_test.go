package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
)

func TestHTMLAllowsItsOwnScriptAndStyleOnly(t *testing.T) {
	page := string(render(t, HTML, sampleEvents()))
	for _, element := range []string{"script", "style"} {
		parts := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(page, -1)
		if len(parts) != 1 {
			t.Fatalf("%d elements %s", len(parts), element)
		}
		sum := sha256.Sum256([]byte(parts[0][1]))
		want := element + "-src &#39;sha256-" + strings.ReplaceAll(base64.StdEncoding.EncodeToString(sum[:]), "+", "&#43;") + "&#39;"
		if !strings.Contains(page, want) {
			t.Errorf("the policy does not have %s", want)
		}
	}
	if found := regexp.MustCompile(`(?i)(src|href)="(https?:)?//|@import|url\(`).FindString(page); found != "" {
		t.Errorf("the page loads something: %s", found)
	}
}

// The gravest failures keep their transcripts; what is left out is said.
func TestHTMLStaysOfUsefulSize(t *testing.T) {
	events := manyFailures(2000, "reason ")
	first := events[1].(*event.Result)
	first.Verdict, first.Scenario = event.Crashed, "zzz.last"
	for _, e := range events {
		if r, ok := e.(*event.Result); ok {
			for range 4 {
				r.Transcript = append(r.Transcript, r.Transcript...)
			}
		}
	}
	page := render(t, HTML, events)
	if most := 12 << 20; len(page) > most {
		t.Errorf("%d bytes, want at most %d", len(page), most)
	}
	left := bytes.Count(page, []byte("entries is left out, to keep this file small"))
	drawn := bytes.Count(page, []byte("<figure"))
	if left == 0 || left+drawn != 2000 {
		t.Errorf("%d transcripts are left out and %d drawn", left, drawn)
	}
	_, last, found := strings.Cut(string(page), `id="zzz.last"`)
	if !found || !strings.Contains(last, "<figure") {
		t.Error("the crash has no ladder")
	}
}

func TestHTMLOffersAReplayOfEachFailureWhereThereIsAStream(t *testing.T) {
	m := model(t, sampleEvents())
	for stream, want := range map[string]int{"events.ndjson": 4, "": 0} {
		m.Stream = stream
		var b bytes.Buffer
		if err := HTML(&b, m); err != nil {
			t.Fatal(err)
		}
		if got := bytes.Count(b.Bytes(), []byte("sio-conform replay ")); got != want {
			t.Errorf("%d replay commands with the stream %q, want %d", got, stream, want)
		}
	}
}

func TestHTMLSaysWhetherTheTargetDoesTheSameEverywhere(t *testing.T) {
	seen := func(scenario, value string) *event.Result {
		return &event.Result{Scenario: scenario, Axes: "rev5", Verdict: event.Pass, Observations: []event.Observation{{Name: "close code", Value: value}}}
	}
	const differs = "not everywhere the same"
	same := string(render(t, HTML, run(false, event.Footer{}, seen("a", "1005"), seen("b", "1005"))))
	if strings.Contains(same, differs) || !strings.Contains(same, "a[rev5] b[rev5]") {
		t.Error("one value is not one row")
	}
	if other := string(render(t, HTML, run(false, event.Footer{}, seen("a", "1005"), seen("b", "1006")))); strings.Count(other, differs) != 2 {
		t.Error("two values are not marked")
	}
}
