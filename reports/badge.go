package reports

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sio-conform/sio-conform/harness/event"
)

// A badge says in a few words what a run came to.
type badge struct {
	Message string
	Color   string // as shields.io names it
	Fill    string // the same, for SVG, dark enough for white text
	Left    int    // width of the label in pixels
	Right   int    // width of the message
}

// badgeLabel is what stands on the left of a badge.
const badgeLabel = "Socket.IO conformance"

// Width returns the width of the picture in pixels.
func (b badge) Width() int { return b.Left + b.Right }

// Label returns what stands on the left.
func (b badge) Label() string { return badgeLabel }

// badgeOf returns the badge of a run. It counts passes among what was judged; its colour is that of the gravest of the rest, with a milder one for what is expected.
func badgeOf(c *Column) badge {
	b := badge{Message: fmt.Sprintf("%d of %d pass", c.Counts[event.Pass], c.Counts.judged())}
	news := func(v event.Verdict) int { return c.Counts[v] - c.Expected[v] }
	switch {
	case c.Counts.judged() == 0:
		b.Message, b.Color, b.Fill = "not judged", "lightgrey", "#5b6570"
	case c.SetupError != "" || c.ExitCode == 130:
		b.Message, b.Color, b.Fill = "incomplete", "lightgrey", "#5b6570"
	case news(event.Fail)+news(event.Crashed)+news(event.Error) > 0 || c.ExitCode != 0:
		b.Color, b.Fill = "red", "#ab1f17"
	case c.Counts[event.Fail]+c.Counts[event.Crashed] > 0:
		b.Color, b.Fill = "orange", "#97420a"
	case c.Counts[event.Differs] > 0:
		b.Color, b.Fill = "yellow", "#735000"
	default:
		b.Color, b.Fill = "brightgreen", "#17652f"
	}
	const each, padding = 7, 12 // pixels of a character and of both sides, about
	b.Left, b.Right = len(badgeLabel)*each+padding, len(b.Message)*each+padding
	return b
}

var badgePicture = template.Must(template.New("badge.tmpl").ParseFS(htmlFiles, "html/badge.tmpl"))

// BadgeSVG writes the badge of m as a picture. The error is m.Check's, or w's.
func BadgeSVG(w io.Writer, m *Model) error {
	if err := m.Check(); err != nil {
		return err
	}
	return ColumnBadgeSVG(w, columnOf(m))
}

// BadgeJSON writes the badge of m as shields.io reads it from an endpoint. The error is m.Check's, or w's.
func BadgeJSON(w io.Writer, m *Model) error {
	if err := m.Check(); err != nil {
		return err
	}
	return ColumnBadgeJSON(w, columnOf(m))
}

// ColumnBadgeSVG writes the badge of a column as a picture. The error is w's.
func ColumnBadgeSVG(w io.Writer, c *Column) error {
	var b bytes.Buffer
	if err := badgePicture.Execute(&b, badgeOf(c)); err != nil {
		return fmt.Errorf("reports: badge: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// ColumnBadgeJSON writes the badge of a column as shields.io reads it from an endpoint. The error is w's.
func ColumnBadgeJSON(w io.Writer, c *Column) error {
	b := badgeOf(c)
	doc, err := event.AppendJSON(nil, struct {
		Version int    `json:"schemaVersion"`
		Label   string `json:"label"`
		Message string `json:"message"`
		Color   string `json:"color"`
	}{1, badgeLabel, b.Message, b.Color}, jsontext.WithIndent("  "))
	if err != nil {
		return fmt.Errorf("reports: badge: %w", err)
	}
	_, err = w.Write(append(doc, '\n'))
	return err
}

func columnOf(m *Model) *Column {
	c := newColumn(MatrixRun{Run: m})
	return &c
}

// A BadgeFile is the badge of a column, with the name of its files without what tells their formats apart: letters, digits, dots and hyphens.
type BadgeFile struct {
	Name   string
	Column *Column
}

// Badges returns the badges of all columns, no two with the same name.
func (m *Matrix) Badges() []BadgeFile {
	var all []BadgeFile
	taken := map[string]bool{}
	for _, t := range m.Tables {
		for i := range t.Columns {
			name := fileName(t.Columns[i].Name)
			for n, first := 2, name; taken[name]; n++ {
				name = fmt.Sprintf("%s-%d", first, n)
			}
			taken[name] = true
			all = append(all, BadgeFile{Name: name, Column: &t.Columns[i]})
		}
	}
	return all
}

// fileName returns a name for files that is made from s.
func fileName(s string) string {
	var name []byte
	for _, r := range []byte(strings.ToLower(s)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.' && len(name) > 0:
			name = append(name, r)
		case len(name) > 0 && name[len(name)-1] != '-':
			name = append(name, '-')
		}
	}
	const most = 60
	return cmp.Or(string(bytes.TrimRight(name[:min(len(name), most)], "-.")), "run")
}
