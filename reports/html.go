package reports

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
)

//go:embed html
var htmlFiles embed.FS

// htmlPage is the template of the whole page.
var htmlPage = template.Must(template.New("page.tmpl").ParseFS(htmlFiles, "html/*.tmpl"))

// HTML writes m as one HTML file that needs nothing else: what was judged and how to do it again, the verdicts by area and by level of the
// rules, what went wrong, what was observed, and a section for each scenario, with a ladder diagram, a transcript and a replay command for each
// failure. It can be read without JavaScript, which adds a filter.
//
// Whatever the target sent is escaped as by Printable and cut where it is long. When all transcripts together are too long, those of what only
// differs are left out first; the page says so, and the stream has the whole. The error is m.Check's, or w's. Nothing is written when m is not
// a whole run.
func HTML(w io.Writer, m *Model) error {
	if err := m.Check(); err != nil {
		return err
	}
	view := newHTMLView(m)
	view.CSS = template.CSS(asset("style.css"))                  //nolint:gosec // our own file
	view.JS = template.JS(asset("copy.js") + asset("script.js")) //nolint:gosec // our own files
	view.Policy = contentPolicy(view.JS, view.CSS)
	var b bytes.Buffer
	if err := htmlPage.Execute(&b, view); err != nil {
		return fmt.Errorf("reports: html: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// contentPolicy asks the browser to run and to load nothing else than what is the page's own.
func contentPolicy(script template.JS, style template.CSS) string {
	return fmt.Sprintf("default-src 'none'; script-src %s; style-src %s; base-uri 'none'; form-action 'none'", hashOf(script), hashOf(style))
}

func asset(name string) string {
	b, err := htmlFiles.ReadFile("html/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(b)
}

// hashOf returns the source expression of a Content-Security-Policy for an inline script or style.
func hashOf[T ~string](text T) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
