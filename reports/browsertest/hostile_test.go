package browsertest

import (
	"reflect"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
)

// census returns the kinds of elements in the page, with the names of their attributes. Those of the root change as the page is laid out.
const census = `[...new Set([...document.querySelectorAll("html *")].map(e => e.tagName + " " + [...e.attributes].map(a => a.name).sort().join(" ")))].sort()`

// hostileTexts would do harm in a page that takes them for its own.
func hostileTexts() map[string]string {
	return map[string]string{
		"script":     `<script>document.title = "executed"</script>`,
		"attribute":  `" onmouseover="document.title = 'executed'" x="`,
		"image":      `<img src=x onerror="document.title = 'executed'">`,
		"svg":        `</text></svg><svg onload="document.title = 'executed'">`,
		"end":        `</pre></details></script></style><script>document.title = "executed"</script>`,
		"comment":    `--><!-- ]]> <![CDATA[`,
		"template":   `{{.}} ${document.title = "executed"}`,
		"link":       `javascript:document.title='executed'`,
		"characters": "\x00\x1b[2J\u202eabc\u2066\ufeff\xff",
		"long":       strings.Repeat("x<", 5<<20/2),
	}
}

// TestHostileStringsStayText puts strings that would do harm into every field, and lets a real browser read the page.
func TestHostileStringsStayText(t *testing.T) {
	allowed := map[string]bool{}
	for _, text := range []string{"harmless", "4abc ]", "line\nline"} {
		for _, kind := range eval[[]string](t, openPage(t, pageOf(t, poisoned(text))), census) {
			allowed[kind] = true
		}
	}
	for name, text := range hostileTexts() {
		t.Run(name, func(t *testing.T) {
			b := openPage(t, pageOf(t, poisoned(text)))
			b.want(t, `document.getElementById("filter").hidden === false`)
			for _, kind := range eval[[]string](t, b, census) {
				if !allowed[kind] {
					t.Errorf("the page has an element %s", kind)
				}
			}
			eval[any](t, b, `for (const d of document.querySelectorAll("details")) d.open = true`)
			if title := eval[string](t, b, `document.title`); title == "executed" {
				t.Error("a script was executed")
			}
			if raw := eval[bool](t, b, `/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/.test(document.documentElement.textContent)`); raw {
				t.Error("a control character stands in the page")
			}
			if wide := eval[[]string](t, b, `document.scrollingElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth && !e.closest("svg")).map(e => e.tagName + "." + e.className)`); len(wide) > 0 {
				t.Errorf("wider than the window: %q", wide)
			}
			b.shot(t, "hostile-"+name)
		})
	}
}

// poisoned is the run of failures with text in every field that a target controls, and in the rest too.
func poisoned(text string) []event.Event {
	events := failures()
	for _, e := range events {
		poison(reflect.ValueOf(e).Elem(), text)
	}
	return events
}

func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() != reflect.TypeFor[event.Verdict]() {
			v.SetString(text)
		}
	case reflect.Struct:
		for _, f := range v.Fields() {
			if f.CanSet() {
				poison(f, text)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), text)
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]byte]() {
			v.SetBytes([]byte(text))
			return
		}
		for i := range v.Len() {
			poison(v.Index(i), text)
		}
	}
}
