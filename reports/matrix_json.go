package reports

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"

	"github.com/sio-conform/sio-conform/harness/event"
)

// MatrixJSON writes m as one object, a line for each column, scenario and observation, so that two of them are compared line by line. The form is described by schema/matrix.schema.json.
// The error is w's.
func MatrixJSON(w io.Writer, m *Matrix) error {
	d := &jsonLines{}
	fmt.Fprintf(&d.text, `{"version":%d,"tables":[`, MatrixVersion)
	for i := range m.Tables {
		t := &m.Tables[i]
		if i > 0 {
			d.text.WriteByte(',')
		}
		fmt.Fprintf(&d.text, "\n{\"role\":%q", t.Role)
		listOf(d, "columns", t.Columns)
		listOf(d, "scenarios", t.Scenarios)
		listOf(d, "features", t.Features)
		listOf(d, "observations", t.Observations)
		d.text.WriteByte('}')
	}
	d.text.WriteString("]}\n")
	if d.err != nil {
		return fmt.Errorf("reports: matrix: %w", d.err)
	}
	_, err := w.Write(d.text.Bytes())
	return err
}

// jsonLines is JSON under construction.
type jsonLines struct {
	text bytes.Buffer
	err  error
}

// listOf adds a member that is a list, a line for each element.
func listOf[T any](d *jsonLines, name string, list []T) {
	fmt.Fprintf(&d.text, ",\n%q:[", name)
	for i := range list {
		if i > 0 {
			d.text.WriteByte(',')
		}
		line, err := event.AppendJSON(nil, &list[i])
		d.err = errors.Join(d.err, err)
		d.text.WriteByte('\n')
		d.text.Write(line)
	}
	d.text.WriteByte(']')
}

// ReadMatrix reads what MatrixJSON wrote. It refuses another version, unknown members, and rows that have not one cell for each column.
func ReadMatrix(r io.Reader) (*Matrix, error) {
	var doc struct {
		Version int `json:"version"`
		Tables  []struct {
			Role         string      `json:"role"`
			Columns      []Column    `json:"columns"`
			Scenarios    []MatrixRow `json:"scenarios"`
			Features     []Policy    `json:"features"`
			Observations []Policy    `json:"observations"`
		} `json:"tables"`
	}
	if err := json.UnmarshalRead(r, &doc, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("reports: matrix: %w", err)
	}
	if doc.Version != MatrixVersion {
		return nil, fmt.Errorf("reports: matrix: version %d, want %d", doc.Version, MatrixVersion)
	}
	m := &Matrix{}
	for _, t := range doc.Tables {
		m.Tables = append(m.Tables, MatrixTable(t))
	}
	return m, m.check()
}

// check says which row has not one cell for each column.
func (m *Matrix) check() error {
	for _, t := range m.Tables {
		for _, row := range t.Scenarios {
			if len(row.Cells) != len(t.Columns) {
				return fmt.Errorf("reports: matrix: %s has %d cells for %d columns", printable(row.ID, nameLimit, false), len(row.Cells), len(t.Columns))
			}
		}
		for _, p := range append(append([]Policy(nil), t.Features...), t.Observations...) {
			if len(p.Values) != len(t.Columns) {
				return fmt.Errorf("reports: matrix: %s has %d values for %d columns", printable(p.Name, nameLimit, false), len(p.Values), len(t.Columns))
			}
		}
	}
	return nil
}
