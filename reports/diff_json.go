package reports

import (
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/sio-conform/sio-conform/harness/event"
)

// DiffVersion is the version of what DiffJSON writes, and of schema/diff.schema.json.
const DiffVersion = 1

// A jsonDiff is described in schema/diff.schema.json.
type jsonDiff struct {
	Version int                `json:"version"`
	Base    jsonRun            `json:"base"`
	Head    jsonRun            `json:"head"`
	Counts  map[ChangeKind]int `json:"counts"`
	Changes []Change           `json:"changes"`
}

type jsonRun struct {
	Tool    string                `json:"tool"`
	Started time.Time             `json:"started"`
	Target  event.Target          `json:"target"`
	Summary map[event.Verdict]int `json:"summary"`
}

// DiffJSON writes d as one object. Strings are cut at 64 KiB, with a note of their size. The error is w's.
func DiffJSON(w io.Writer, d *Diff) error {
	doc := jsonDiff{Version: DiffVersion, Base: runOf(d.Base), Head: runOf(d.Head), Counts: d.Counts(), Changes: d.Changes}
	b, err := event.AppendJSON(nil, doc, jsontext.WithIndent("  "), json.WithMarshalers(json.MarshalToFunc(clipString)))
	if err != nil {
		return fmt.Errorf("reports: diff: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

func runOf(m *Model) jsonRun {
	return jsonRun{Tool: m.Header.Tool, Started: m.Header.Started, Target: m.Header.Target, Summary: m.Counts()}
}
