package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
)

// hostileServer is the conformance app, but that text stands in the answer to every CONNECT of a custom namespace, in the type of every body, and in what it says of itself.
func hostileServer(t *testing.T, text string) *httptest.Server {
	t.Helper()
	a, err := app.New(server.Config{}, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("transport") == "websocket" {
			http.Error(w, text, http.StatusForbidden)
			return
		}
		answer := httptest.NewRecorder()
		a.ServeHTTP(answer, r)
		body := answer.Body.Bytes()
		for _, begins := range []string{"40/", "44/"} {
			if i := bytes.Index(body, []byte(begins)); i >= 0 {
				body = []byte(string(body[:i]) + begins + text + `,{"message":"` + text + `","` + text + `":1}`)
			}
		}
		body = bytes.ReplaceAll(body, []byte(`"implementation":{"name":"`), []byte(`"implementation":{"name":"`+strings.ToValidUTF8(strings.ReplaceAll(text[:min(len(text), 1000)], `"`, `'`), "?")))
		maps.Copy(w.Header(), answer.Header())
		if !strings.ContainsFunc(text, unicode.IsControl) { // in a header they are no answer, which is an error of the set-up
			w.Header().Set("Content-Type", "text/plain; "+text[:min(len(text), 1000)])
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.Code)
		_, _ = w.Write(body)
	}))
	t.Cleanup(func() {
		_ = a.Server().Close()
		s.Close()
	})
	return s
}

// TestReportsOfAHostileTarget judges servers that send what would do harm where it is shown, and reads every report back.
func TestReportsOfAHostileTarget(t *testing.T) {
	for name, text := range map[string]string{
		"script":              `<script>alert(1)</script>`,
		"end of CDATA":        `]]><![CDATA[`,
		"NUL":                 "a\x00b",
		"not UTF-8":           "a\xff\xc3",
		"ANSI":                "\x1b[2J\x1b]0;title\x07",
		"right to left":       "\u202egnp.exe\u2066",
		"a string of 5 MB":    strings.Repeat("x", 5<<20),
		"5 MB of what is not": strings.Repeat("\x1b]]><\u202e", 5<<20/8),
	} {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			s := hostileServer(t, text)
			code, stdout, stderr := command(t.Context(), t, "run", s.URL, "--time-scale", "0.5", "--out", out, "--only", "namespace.connect.unknown[rev5,polling]", "--only", "namespace.connect.custom[rev5,polling]")
			if code != run.ExitNonConformant {
				t.Fatalf("exit code %d: %.2000s%.2000s", code, stdout, stderr)
			}
			harmless(t, "standard output", []byte(stdout))
			for _, d := range documents {
				b, err := os.ReadFile(filepath.Join(out, d.file))
				if err != nil {
					t.Fatal(err)
				}
				harmless(t, d.file, b)
				if most := 8 << 20; len(b) > most {
					t.Errorf("%s has %d bytes, want at most %d", d.file, len(b), most)
				}
				wellFormed(t, d.file, b)
			}
			code, stdout, stderr = command(t.Context(), t, "report", "matrix", out, "--out", filepath.Join(out, "matrix"))
			if code != 0 {
				t.Fatalf("matrix: exit code %d: %s", code, stderr)
			}
			harmless(t, "matrix", []byte(stdout))
			for _, d := range matrixDocuments {
				b := []byte(readFile(t, out, "matrix", d.file))
				harmless(t, d.file, b)
				wellFormed(t, d.file, b)
			}
		})
	}
}

// harmless checks that a text is UTF-8 without control and formatting characters, and that no markup of a target is in it.
func harmless(t *testing.T, what string, b []byte) {
	t.Helper()
	if !utf8.Valid(b) {
		t.Errorf("%s is not UTF-8", what)
	}
	for i, r := range string(b) {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%s: %U at %d behind %.40q", what, r, i, b[max(0, i-40):i])
			return
		}
	}
	if strings.HasSuffix(what, ".html") && bytes.Contains(b, []byte("<script>alert")) {
		t.Errorf("%s has the script of the target", what)
	}
}

// wellFormed checks that what reads such files can read this one.
func wellFormed(t *testing.T, file string, b []byte) {
	t.Helper()
	switch filepath.Ext(file) {
	case ".json", ".har":
		if !json.Valid(b) {
			t.Errorf("%s is no JSON", file)
		}
	case ".xml", ".svg":
		for d := xml.NewDecoder(bytes.NewReader(b)); ; {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Errorf("%s: %v", file, err)
				return
			}
		}
	}
}
