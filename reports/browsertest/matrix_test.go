package browsertest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/reports"
)

// matrixOf returns the page of a matrix of runs.
func matrixOf(t *testing.T, runs ...[]event.Event) []byte {
	t.Helper()
	var list []reports.MatrixRun
	for i, events := range runs {
		m := &reports.Model{}
		for _, e := range events {
			m.Add(e)
		}
		m.Footer.Summary = m.Counts()
		r := reports.MatrixRun{Run: m}
		if i%2 == 0 {
			r.Report = fmt.Sprintf("run-%d/report.html", i)
		}
		list = append(list, r)
	}
	m, err := reports.NewMatrix(list)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := reports.MatrixHTML(&page, m, "badges"); err != nil {
		t.Fatal(err)
	}
	return page.Bytes()
}

// nine are runs of nine implementations, of so many scenarios each; every eleventh has failures of its own in each of them.
func nine(scenarios int) [][]event.Event {
	var runs [][]event.Event
	for i := range 9 {
		var all []*event.Result
		for n := range scenarios {
			r := result(fmt.Sprintf("area%02d.scenario.%04d", n%16, n), "rev5,polling", event.Pass, "sio.must")
			if n%11 == i {
				r.Verdict, r.Reason = event.Fail, fmt.Sprintf("want 44/nope,{...}, got nothing, number %d", i)
			}
			if n%50 == 0 {
				r.Observations = []event.Observation{{Name: fmt.Sprintf("limit %d", n), Value: fmt.Sprint(i / 3)}}
			}
			all = append(all, r)
		}
		events := run(1, all...)
		events[0].(*event.Header).Target.Name = fmt.Sprintf("implementation-%d", i)
		runs = append(runs, events)
	}
	return runs
}

func TestMatrixOfNine(t *testing.T) {
	page := matrixOf(t, nine(650)...)
	t.Logf("%d bytes", len(page))
	b := openPage(t, page)
	b.want(t, `document.getElementById("shown").value === "650 of 650 scenarios"`)
	best := b.paint(t)
	for range 2 { // the best of three: it is the page that is measured, and not what else the machine does
		b.do(t, chromedp.Navigate(b.url))
		best = min(best, b.paint(t))
	}
	t.Logf("first paint after %v", best)
	if best > firstPaint {
		t.Errorf("first paint after %v, want at most %v", best, firstPaint)
	}
	b.shot(t, "matrix")
	b.want(t, `document.querySelectorAll("table.cells")[0].querySelectorAll("tbody tr").length === 17`)
	eval[any](t, b, `document.getElementById("apart").click()`)
	b.want(t, `document.getElementById("shown").value === "532 of 650 scenarios"`)
	b.press(t, "Escape")
	b.press(t, "/")
	b.do(t, chromedp.KeyEvent("scenario.0017"))
	b.want(t, `document.getElementById("shown").value === "1 of 650 scenarios"`)
	b.want(t, `document.querySelector("details.area:not([hidden])").open`)
	b.press(t, "Escape")
	eval[any](t, b, `document.activeElement.blur()`)
	b.press(t, "n")
	b.want(t, `document.activeElement.closest(".why")?.querySelector("details").open`)
	first := eval[string](t, b, `document.activeElement.closest(".why").textContent`)
	b.shot(t, "matrix-difference")
	b.press(t, "n")
	b.want(t, `document.activeElement.closest(".why")?.textContent !== `+fmt.Sprintf("%q", first))
	b.press(t, "p")
	b.want(t, `document.activeElement.closest(".why")?.textContent === `+fmt.Sprintf("%q", first))
}

// TestMatrixCellsLeadToEvidence goes from a cell to the report of its run, and from one without a report to what the page says.
func TestMatrixCellsLeadToEvidence(t *testing.T) {
	b := openPage(t, matrixOf(t, nine(40)...))
	b.want(t, `[...document.querySelectorAll("td a.fail")].some(a => a.getAttribute("href").startsWith("run-0/report.html#area00"))`)
	eval[any](t, b, `document.querySelector('.row a.fail[href^="#"]').click()`)
	b.want(t, `document.querySelector(location.hash.replaceAll(".", "\\.")).checkVisibility()`)
}

func TestMatrixWithoutJavaScript(t *testing.T) {
	b := openPage(t, matrixOf(t, nine(100)...), withoutJavaScript())
	b.wantNow(t, `document.getElementById("filter").hidden`)
	eval[any](t, b, `document.querySelector("details.area > summary").click()`)
	b.wantNow(t, `document.querySelector("details.area table").checkVisibility()`)
	b.shot(t, "matrix-no-javascript")
}

func TestMatrixDarkOnAPhoneAndInPrint(t *testing.T) {
	page := matrixOf(t, append(nine(100), failures())...)
	b := openPage(t, page, chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	eval[any](t, b, `for (const d of document.querySelectorAll("details")) d.open = true`)
	b.want(t, `document.scrollingElement.scrollWidth <= 360`)
	b.shot(t, "matrix-phone")
	b = openPage(t, page)
	eval[any](t, b, `for (const d of document.querySelectorAll("details")) d.open = true`)
	for _, scheme := range []string{"light", "dark"} {
		b.do(t, media("screen", scheme))
		for _, low := range eval[[]string](t, b, contrasts) {
			t.Errorf("%s: contrast %s", scheme, low)
		}
		b.shot(t, "matrix-"+scheme)
	}
	b.do(t, media("print", "light"))
	b.want(t, `!document.getElementById("filter").checkVisibility()`)
	b.shot(t, "matrix-print")
}

// TestMatrixHoldsHostileStrings puts strings that would do harm into every field, and lets a real browser read the page.
func TestMatrixHoldsHostileStrings(t *testing.T) {
	allowed := map[string]bool{}
	for _, text := range []string{"harmless", "4abc ]"} {
		for _, kind := range eval[[]string](t, openPage(t, matrixOf(t, poisoned(text), poisoned(text+"."))), census) {
			allowed[kind] = true
		}
	}
	for name, text := range hostileTexts() {
		t.Run(name, func(t *testing.T) {
			b := openPage(t, matrixOf(t, poisoned(text), poisoned(text+".")))
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
			b.shot(t, "matrix-hostile-"+name)
		})
	}
}
