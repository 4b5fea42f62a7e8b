package browsertest

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const visible = `document.querySelectorAll(".scenario:not([hidden])").length`

func TestGreenRun(t *testing.T) {
	b := open(t, green())
	if got := b.texts(t, "header.good .headline"); !slices.Equal(got, []string{"As expected"}) {
		t.Errorf("headline %q", got)
	}
	b.want(t, `document.getElementById("shown").value === "4 of 4 scenarios, 12 results"`)
	b.want(t, `document.querySelector("#failures") === null`)
	b.shot(t, "green")
}

func TestFilter(t *testing.T) {
	b := open(t, failures())
	b.want(t, visible+" === 9")
	for _, row := range []struct {
		name, act string
		want      string // number of scenarios and results
	}{
		{"verdict", `document.querySelector("input[value=fail]").click()`, "8 of 9 scenarios, 8 results"},
		{"verdict again", `document.querySelector("input[value=fail]").click()`, "9 of 9 scenarios, 10 results"},
		{"only what to look at", `document.getElementById("wrong").click()`, "5 of 9 scenarios, 5 results"},
		{"all", `document.getElementById("all").click()`, "9 of 9 scenarios, 10 results"},
		{"axis", `axis.value = "rev4"; axis.dispatchEvent(new Event("input", {bubbles: true}))`, "1 of 9 scenarios, 1 results"},
		{"axis of none", `axis.value = ""; axis.dispatchEvent(new Event("input", {bubbles: true}))`, "9 of 9 scenarios, 10 results"},
		{"words of title and rule", `document.getElementById("text").value = "SHOWS sio.robust"; document.getElementById("text").dispatchEvent(new Event("input", {bubbles: true}))`, "1 of 9 scenarios, 1 results"},
		{"words that are nowhere", `document.getElementById("text").value = "nowhere"; document.getElementById("text").dispatchEvent(new Event("input", {bubbles: true}))`, "0 of 9 scenarios, 0 results"},
	} {
		eval[any](t, b, "{ const axis = document.getElementById('axis'); "+row.act+"; } 0")
		b.want(t, `document.getElementById("shown").value === "`+row.want+`"`)
	}
	b.want(t, `document.querySelectorAll(".area:not([hidden])").length === 0`)
}

func TestKeyboard(t *testing.T) {
	b := open(t, failures())
	b.press(t, "/")
	b.do(t, chromedp.KeyEvent("robust"))
	b.want(t, visible+" === 1")
	b.press(t, "Escape")
	b.want(t, visible+" === 9")
	eval[any](t, b, `document.activeElement.blur()`)
	const focused = `document.activeElement.closest(".scenario")?.id`
	b.press(t, "n")
	b.want(t, focused+` === "connect.unknown" && document.activeElement.parentElement.open`)
	b.press(t, "n")
	b.want(t, focused+` === "malformed.binary"`)
	b.want(t, `document.activeElement.getBoundingClientRect().top >= document.getElementById("filter").getBoundingClientRect().bottom`)
	b.press(t, "p")
	b.want(t, focused+` === "connect.unknown"`)
	b.press(t, "Enter")
	b.want(t, `!document.activeElement.parentElement.open`)
	eval[any](t, b, `document.querySelector("#failures ~ table a").focus()`)
	b.press(t, "Enter")
	b.want(t, `document.activeElement.closest(".scenario")?.open === true`)
}

func TestLadderCanBeSeen(t *testing.T) {
	b := open(t, failures())
	eval[any](t, b, `location.hash = "#malformed.binary"`)
	b.want(t, `document.getElementById("malformed.binary").open`)
	const ladder = `document.getElementById("malformed.binary").querySelector("svg[role=img]")`
	b.want(t, `(r => r.width > 800 && r.height > 200)(`+ladder+`.getBoundingClientRect())`)
	for selector, want := range map[string]string{
		".spot": `{`, ".caret": "^ offset 14: the data of BINARY_EVENT is not an array", ".want": "44/nope,{...}", ".got": `451-/nope["a",{"_placeholder":true,"num":0}`,
		".actual .head": "BINARY_EVENT, 1 attachment · main · polling", ".name.end": "app", ".ns": "/nope", ".expect .wire": "44/nope,{...}",
	} {
		if got := b.texts(t, "#malformed\\\\.binary svg "+selector); !slices.Contains(got, want) {
			t.Errorf("%s is %q, want %q", selector, got, want)
		}
	}
	// Each name of a namespace stands in its frame, and no text leaves the picture.
	b.want(t, `Array.from(`+ladder+`.querySelectorAll(".pill")).every(p => { const n = p.nextElementSibling.getBoundingClientRect(), r = p.getBoundingClientRect(); return n.left >= r.left && n.right <= r.right; })`)
	b.want(t, `(s => Array.from(s.querySelectorAll("text")).every(e => e.getBoundingClientRect().right <= s.getBoundingClientRect().right + 1))(`+ladder+`)`)
	b.want(t, `Array.from(`+ladder+`.querySelectorAll(".panel ~ .wire")).every(e => e.getBoundingClientRect().bottom < `+ladder+`.querySelector(".panel").getBoundingClientRect().bottom)`)
	b.shot(t, "ladder")
	b.do(t, media("screen", "dark"))
	b.shot(t, "ladder-dark")
}

func TestWithoutJavaScript(t *testing.T) {
	b := open(t, failures(), withoutJavaScript())
	b.shot(t, "no-javascript")
	html := eval[string](t, b, `document.documentElement.outerHTML`)
	if !strings.Contains(html, `<form id="filter" hidden="">`) {
		t.Error("the filter is not hidden")
	}
	eval[any](t, b, `document.querySelector("#connect\\.unknown > summary").click()`)
	b.wantNow(t, `document.getElementById("connect.unknown").open && document.querySelector("#connect\\.unknown svg").checkVisibility()`)
}

func TestPhone(t *testing.T) {
	b := open(t, failures(), chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	eval[any](t, b, `location.hash = "#connect.unknown"`)
	b.want(t, `document.getElementById("connect.unknown").open`)
	eval[any](t, b, `for (const d of document.querySelectorAll("details")) d.open = true`)
	b.want(t, `document.scrollingElement.scrollWidth <= 360`)
	b.shot(t, "phone")
}

func TestPrint(t *testing.T) {
	b := open(t, failures(), media("print", "light"))
	b.want(t, `document.querySelector("#connect\\.unknown svg").checkVisibility() && !document.getElementById("filter").checkVisibility()`)
	b.shot(t, "print")
	paper, err := chromedp.Run(b.ctx, chromedp.PrintToPDF())
	if err != nil || !strings.HasPrefix(string(paper), "%PDF") {
		t.Errorf("error %v, %d bytes", err, len(paper))
	}
}
