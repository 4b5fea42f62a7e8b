package reports

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/wire"
	"github.com/sio-conform/sio-conform/internal/schematest"
)

// hostileStrings are what a target may send to do harm where it is shown.
func hostileStrings() map[string]string {
	return map[string]string{
		"script":            `<script>alert("1")</script>&lt;`,
		"end of CDATA":      `<![CDATA[ ]]> ]]&gt;`,
		"NUL":               "a\x00b",
		"all C0":            "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f",
		"clear screen":      "\x1b[2J\x1b]0;title\x07",
		"C1 controls":       "\u009b2J\u0085\u0090",
		"override":          "\u202eabc\u202c\u2066\u200f",
		"byte order mark":   "\ufeffa",
		"not UTF-8":         "a\xffb\xc3",
		"surrogate":         "\xed\xa0\x80 \\ud800",
		"not a character":   "\ufffe\uffff\U0010ffff",
		"line ends":         "\n\r\n\n✓ pass forged[rev5]\ntotal 9 9\r",
		"carriage return":   "\rresult    exit code 0, as expected",
		"backslashes":       `\x1b \\u{202e} \`,
		"format verbs":      "%s%n%!d(MISSING)",
		"long":              strings.Repeat("x", 5<<20),
		"long and hostile":  strings.Repeat("\x1b[2J<]]>\u202e\xff\n", 5<<20/16),
		"long, one line of": strings.Repeat("\n", 5<<20),
		"heap of marks":     strings.Repeat("\u0301", 100000),
		"wide":              strings.Repeat("日", 3000),
	}
}

// hostileEvents is a run in which every string is s: names, keys of maps and data of transcripts too, but no verdict.
func hostileEvents(s string) []event.Event {
	events := fullEvents()
	data := []byte(s)
	for _, e := range events {
		poison(reflect.ValueOf(e).Elem(), s, data)
	}
	return events
}

// poison sets every string below v to s, and all bytes to data.
func poison(v reflect.Value, s string, data []byte) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() != reflect.TypeFor[event.Verdict]() {
			v.SetString(s)
		}
	case reflect.Struct:
		for _, f := range v.Fields() {
			if f.CanSet() {
				poison(f, s, data)
			}
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]byte]() {
			v.SetBytes(data)
			return
		}
		for i := range v.Len() {
			poison(v.Index(i), s, data)
		}
	case reflect.Map:
		if v.Type().Key() != reflect.TypeFor[string]() || v.Len() == 0 {
			return
		}
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(v.MapIndex(v.MapKeys()[0]))
		poison(value, s, data)
		v.Clear()
		v.SetMapIndex(reflect.ValueOf(s), value)
	}
}

// hostileModel collects events without a stream between: the bytes arrive as they are.
func hostileModel(t testing.TB, events []event.Event) *Model {
	t.Helper()
	m := new(Model)
	for _, e := range events {
		m.Add(e)
	}
	m.Footer.Summary = m.Counts()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPoisonReachesEveryField(t *testing.T) {
	events := hostileEvents("POISON")
	h, r := events[0].(*event.Header), events[3].(*event.Result)
	for _, got := range []string{
		h.Tool, h.Only[0], h.Target.Profiles[0].Name, h.Scenarios["POISON"].Title, h.Rules["POISON"].Statement,
		r.Scenario, r.Reason, r.Rules[0], r.Observations[0].Value, r.Transcript[0].Text, string(r.Transcript[0].Data), string(r.Transcript[0].Kind), r.Output,
		events[1].(*event.TargetNote).Text, events[len(events)-1].(*event.Footer).SetupError,
	} {
		if got != "POISON" {
			t.Errorf("a string is %q", got)
		}
	}
}

func TestStreamsHoldHostileStrings(t *testing.T) {
	for name, s := range hostileStrings() {
		t.Run(name, func(t *testing.T) {
			s = s[:min(len(s), 1<<12)] // lines of 5 MB are tested in harness/event
			got := model(t, hostileEvents(s)).Results[0].Reason
			if want := string([]rune(s)); got != want { // invalid bytes become U+FFFD
				t.Errorf("reads back as %q, want %q", got, want)
			}
		})
	}
}

func TestJSONHoldsHostileStrings(t *testing.T) {
	_, schema := schemas(t)
	for name, s := range hostileStrings() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := JSON(&b, hostileModel(t, hostileEvents(s))); err != nil {
				t.Fatal(err)
			}
			if !jsontext.Value(b.Bytes()).IsValid() {
				t.Error("not valid JSON")
			}
			if err := schematest.Validate(t, schema, b.String()); err != nil {
				t.Error(err)
			}
			if most := 20 << 20; b.Len() > most {
				t.Errorf("%d bytes, want at most %d", b.Len(), most)
			}
			wantPrintable(t, strings.ReplaceAll(b.String(), "\n", ""))
		})
	}
}

func TestJUnitHoldsHostileStrings(t *testing.T) {
	schema := loadXSD(t, "testdata/junit.xsd")
	for name, s := range hostileStrings() {
		t.Run(name, func(t *testing.T) {
			m := hostileModel(t, hostileEvents(s))
			var b bytes.Buffer
			if err := JUnit(&b, m); err != nil {
				t.Fatal(err)
			}
			root, err := parseXML(b.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			for _, wrong := range schema.validate(root) {
				t.Error(wrong)
			}
			if got, want := len(root.all("testcase")), len(m.Results)+1; got != want {
				t.Errorf("%d testcases, want %d", got, want)
			}
			if most := 1 << 20; b.Len() > most {
				t.Errorf("%d bytes, want at most %d", b.Len(), most)
			}
			wantPrintable(t, strings.ReplaceAll(b.String(), "\n", ""))
		})
	}
}

// A tag is a tag of HTML with its attributes, as our templates write them.
var tag = regexp.MustCompile(`<(/?[a-z0-9]+|!doctype html)((?: [a-zA-Z-]+(?:="[^"<>]*")?)*)/?>`)

var attributeValue = regexp.MustCompile(`="[^"]*"`)

// tagsOf returns the tags of a page with the names of their attributes. It fails the test where a < is not the beginning of one.
func tagsOf(t *testing.T, page string) map[string]bool {
	t.Helper()
	tags := make(map[string]bool)
	rest := tag.ReplaceAllStringFunc(page, func(s string) string {
		tags[attributeValue.ReplaceAllString(s, "")] = true
		return ""
	})
	if i := strings.IndexAny(rest, "<"); i >= 0 {
		t.Errorf("a < stands in …%.80q", rest[i:])
	}
	return tags
}

func TestHTMLHoldsHostileStrings(t *testing.T) {
	pageOf := func(m *Model) string {
		var b bytes.Buffer
		if err := HTML(&b, m); err != nil {
			t.Fatal(err)
		}
		return string(withoutAssets(b.Bytes()))
	}
	harmless := tagsOf(t, pageOf(hostileModel(t, fullEvents())))
	maps.Copy(harmless, tagsOf(t, pageOf(hostileModel(t, hostileEvents("4abc ]")))))
	for name, s := range hostileStrings() {
		t.Run(name, func(t *testing.T) {
			m := hostileModel(t, hostileEvents(s))
			m.Stream = s
			page := pageOf(m)
			for found := range tagsOf(t, page) {
				if !harmless[found] {
					t.Errorf("the tag %s is in no harmless page", found)
				}
			}
			if most := 2 << 20; len(page) > most {
				t.Errorf("%d bytes, want at most %d", len(page), most)
			}
			wantPrintable(t, strings.ReplaceAll(page, "\n", ""))
		})
	}
}

func TestMarkdownHoldsHostileStrings(t *testing.T) {
	own := regexp.MustCompile(`</?(code|details|summary)>`)
	for name, s := range hostileStrings() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			m := hostileModel(t, hostileEvents(s))
			m.Stream = s
			if err := Markdown(&b, m); err != nil {
				t.Fatal(err)
			}
			if most := 200 << 10; b.Len() > most {
				t.Errorf("%d bytes, want at most %d", b.Len(), most)
			}
			text := own.ReplaceAllString(b.String(), "")
			if i := strings.IndexAny(text, "<>`[]@\\"); i >= 0 {
				t.Errorf("markup in …%.80q", text[i:])
			}
			wantPrintable(t, strings.ReplaceAll(text, "\n", ""))
		})
	}
}

// ownCodes are the control sequences that a Terminal with colours may write.
var ownCodes = regexp.MustCompile("\x1b\\[(0|1|2|31|32|33)m|\r\x1b\\[K")

func TestTerminalHoldsHostileStrings(t *testing.T) {
	terms := []Terminal{
		{UTF8: true},
		{},
		{Width: 80, UTF8: true, Color: true, Interactive: true},
		{Width: 40, Interactive: true},
		{Width: 20, UTF8: true, Verbose: 2},
		{Width: 1, Verbose: 1, Color: true},
		{Width: 100, UTF8: true, Quiet: 1},
		{Quiet: 2},
	}
	for name, s := range hostileStrings() {
		events := hostileEvents(s)
		for _, term := range terms {
			t.Run(fmt.Sprint(name, " ", []any{term.Width, term.Color, term.Interactive, term.UTF8, term.Verbose, term.Quiet}), func(t *testing.T) {
				var b strings.Builder
				term.W, term.Replay, term.Next = &b, func(*event.Result) string { return s }, []string{s}
				for _, e := range events {
					if err := term.Event(e); err != nil {
						t.Fatal(err)
					}
				}
				out := b.String()
				if most := 512 << 10; len(out) > most {
					t.Errorf("%d bytes, want at most %d", len(out), most)
				}
				if term.Color {
					out = ownCodes.ReplaceAllString(out, "")
				}
				if term.Interactive {
					out = strings.ReplaceAll(out, "\r", "")
				}
				wantPrintable(t, strings.ReplaceAll(out, "\n", ""))
				if !term.UTF8 {
					wantASCII(t, out)
				}
				wantWidth(t, b.String(), term.Width)
			})
		}
	}
}

func TestTranscriptHoldsHostileStrings(t *testing.T) {
	for name, s := range hostileStrings() {
		t.Run(name, func(t *testing.T) {
			var entries []wire.Entry
			for _, kind := range []wire.Kind{wire.KindPacket, wire.KindHTTP, wire.KindFailure, wire.Kind(s)} {
				entries = append(entries, wire.Entry{Session: s, Transport: s, Direction: wire.Direction(s), Kind: kind, Data: []byte(s), Text: s})
			}
			var b strings.Builder
			if err := WriteTranscript(&b, entries, TranscriptOptions{UTF8: true, Width: 80}); err != nil {
				t.Fatal(err)
			}
			wantPrintable(t, strings.ReplaceAll(b.String(), "\n", ""))
			wantWidth(t, b.String(), 80)
			if most := 256 << 10; b.Len() > most {
				t.Errorf("%d bytes, want at most %d", b.Len(), most)
			}
		})
	}
}

func wantPrintable(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Error("not UTF-8")
	}
	for i, r := range s {
		if !unicode.IsPrint(r) {
			t.Errorf("%U at %d in …%q", r, i, s[max(0, i-20):i])
			return
		}
	}
}

func wantASCII(t *testing.T, s string) {
	t.Helper()
	for i, r := range s {
		if r >= utf8.RuneSelf {
			t.Errorf("%U at %d", r, i)
			return
		}
	}
}

// wantWidth checks that no line of a terminal is wider than it is.
func wantWidth(t *testing.T, out string, width int) {
	t.Helper()
	if width == 0 {
		return
	}
	shown := ownCodes.ReplaceAllStringFunc(out, func(code string) string { return code[:strings.Count(code, "\r")] })
	for line := range strings.FieldsFuncSeq(shown, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if n := textColumns(line); n > max(width, minWidth) {
			t.Errorf("%d columns: %q", n, line)
			return
		}
	}
}
