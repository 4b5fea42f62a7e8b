package reports

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

// TestGolden compares each format with what testdata/*.golden has of it. After a change that is meant to be seen, "go test ./reports
// -update" writes the files anew; read their difference before you keep it.
func TestGolden(t *testing.T) {
	with := func(events func() []event.Event, term Terminal) func(t *testing.T) []byte {
		return func(t *testing.T) []byte {
			term.Replay = replay
			return []byte(terminal(t, term, events()))
		}
	}
	tests := []struct {
		file   string
		render func(t *testing.T) []byte
	}{
		{"events.ndjson", func(t *testing.T) []byte { return stream(t, sampleEvents()) }},
		{"report.json", func(t *testing.T) []byte { return render(t, JSON, sampleEvents()) }},
		{"report-setup.json", func(t *testing.T) []byte { return render(t, JSON, setupEvents()) }},
		{"report-baseline.json", func(t *testing.T) []byte { return render(t, JSON, listedEvents()) }},
		{"junit-baseline.xml", func(t *testing.T) []byte { return render(t, JUnit, listedEvents()) }},
		{"diff.txt", func(t *testing.T) []byte { return []byte(diffText(t, sampleDiff(t), 100)) }},
		{"diff.md", func(t *testing.T) []byte { return renderDiff(t, DiffMarkdown, sampleDiff(t)) }},
		{"diff.json", func(t *testing.T) []byte { return renderDiff(t, DiffJSON, sampleDiff(t)) }},
		{"junit.xml", func(t *testing.T) []byte { return render(t, JUnit, sampleEvents()) }},
		{"junit-setup.xml", func(t *testing.T) []byte { return render(t, JUnit, setupEvents()) }},
		{"matrix.json", func(t *testing.T) []byte { return []byte(renderMatrix(t, MatrixJSON, sampleMatrix(t))) }},
		{"matrix.html", func(t *testing.T) []byte {
			return withoutAssets([]byte(renderMatrix(t, withBadges(MatrixHTML, "badges"), sampleMatrix(t))))
		}},
		{"matrix.md", func(t *testing.T) []byte {
			return []byte(renderMatrix(t, withBadges(MatrixMarkdown, "https://example.org/badges"), sampleMatrix(t)))
		}},
		{"matrix.txt", func(t *testing.T) []byte {
			return []byte(renderMatrix(t, func(w io.Writer, m *Matrix) error { return MatrixText(w, m, 80, false, true) }, sampleMatrix(t)))
		}},
		{"evidence.md", func(t *testing.T) []byte {
			return []byte(renderMatrix(t, func(w io.Writer, m *Matrix) error { return MatrixEvidence(w, m, &m.Tables[0].Columns[1]) }, sampleMatrix(t)))
		}},
		{"exchanges.har", func(t *testing.T) []byte { return render(t, HAR, exchangeEvents()) }},
		{"ctrf.json", func(t *testing.T) []byte { return render(t, CTRF, sampleEvents()) }},
		{"ctrf-baseline.json", func(t *testing.T) []byte { return render(t, CTRF, listedEvents()) }},
		{"badge.svg", func(t *testing.T) []byte { return render(t, BadgeSVG, sampleEvents()) }},
		{"badge.json", func(t *testing.T) []byte { return render(t, BadgeJSON, sampleEvents()) }},
		{"report.html", func(t *testing.T) []byte { return withoutAssets(render(t, HTML, sampleEvents())) }},
		{"report-setup.html", func(t *testing.T) []byte { return withoutAssets(render(t, HTML, setupEvents())) }},
		{"report-baseline.html", func(t *testing.T) []byte { return withoutAssets(render(t, HTML, listedEvents())) }},
		{"summary-baseline.md", func(t *testing.T) []byte { return render(t, Markdown, listedEvents()) }},
		{"summary.md", func(t *testing.T) []byte { return render(t, Markdown, sampleEvents()) }},
		{"summary-setup.md", func(t *testing.T) []byte { return render(t, Markdown, setupEvents()) }},
		{"terminal-plain", with(sampleEvents, Terminal{UTF8: true})},
		{"terminal-80-interactive-color", with(sampleEvents, Terminal{Width: 80, UTF8: true, Color: true, Interactive: true})},
		{"terminal-80-interactive", with(sampleEvents, Terminal{Width: 80, UTF8: true, Interactive: true})},
		{"terminal-40-ascii", with(sampleEvents, Terminal{Width: 40})},
		{"terminal-verbose", with(sampleEvents, Terminal{Width: 100, UTF8: true, Verbose: 2})},
		{"terminal-quiet", with(sampleEvents, Terminal{UTF8: true, Quiet: 1})},
		{"terminal-silent", with(sampleEvents, Terminal{UTF8: true, Quiet: 2})},
		{"terminal-baseline", with(listedEvents, Terminal{Width: 100, UTF8: true})},
		{"terminal-baseline-verbose", with(listedEvents, Terminal{Width: 100, UTF8: true, Verbose: 2})},
		{"terminal-setup", with(setupEvents, Terminal{Width: 80, UTF8: true})},
		{"transcript", func(t *testing.T) []byte {
			var b bytes.Buffer
			if err := WriteTranscript(&b, connectTranscript(), TranscriptOptions{UTF8: true}); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			got := tt.render(t)
			file := filepath.Join("testdata", tt.file+".golden")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("differs from %s; got:\n%s", file, got)
			}
		})
	}
}

// withoutAssets cuts out of a page what html/ has of it as it is.
func withoutAssets(page []byte) []byte {
	return assets.ReplaceAll(page, nil)
}

var assets = regexp.MustCompile(`(?s)<style>.*</style>\n|<script>.*</script>\n|<meta http-equiv[^>]*>\n`)
