// Package browsertest opens HTML reports in headless Chromium. It is a module of its own, so that nothing else needs a browser.
package browsertest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/reports"
)

// browser is the context of the one browser in which all tests have their tabs.
var browser context.Context

func TestMain(m *testing.M) {
	os.Exit(func() int {
		ctx, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)...) // as root it starts in no other way
		defer stop()
		ctx, stop = chromedp.NewContext(ctx)
		defer stop()
		if err := chromedp.Do(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		browser = ctx
		return m.Run()
	}())
}

// A tab shows one report.
type tab struct {
	ctx context.Context
	url string
}

// open writes the report of events and opens it. At the end of the test nothing may stand in the console, and nothing may have been loaded.
func open(t *testing.T, events []event.Event, before ...chromedp.Action[chromedp.Void]) *tab {
	t.Helper()
	return openPage(t, pageOf(t, events), before...)
}

func openPage(t *testing.T, page []byte, before ...chromedp.Action[chromedp.Void]) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	b := &tab{ctx: ctx, url: "file://" + file}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1200, 1400)); err != nil { // the tab lives as long as the context of this call
		t.Fatal(err)
	}
	messages := b.console(t)
	b.do(t, before...)
	b.do(t, chromedp.Navigate(b.url))
	t.Cleanup(func() {
		for _, m := range messages() {
			t.Errorf("console: %s", m)
		}
	})
	return b
}

// console returns what reads the messages that came until then.
func (b *tab) console(t *testing.T) func() []string {
	t.Helper()
	ctx, stop := context.WithCancel(b.ctx)
	texts, done := []string{}, make(chan struct{})
	list := chromedp.Console(ctx)
	go func() {
		defer close(done)
		for m, err := range list {
			if err != nil {
				return
			}
			texts = append(texts, string(m.Type)+": "+m.Text)
		}
	}()
	return func() []string {
		stop()
		<-done
		return texts
	}
}

func (b *tab) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// eval returns the value of an expression in the page.
func eval[T any](t *testing.T, b *tab, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// want waits until an expression is true in the page.
func (b *tab) want(t *testing.T, expression string) {
	t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(10*time.Second))); err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
}

// shot keeps a picture of the page among the artefacts of the test.
func (b *tab) shot(t *testing.T, name string) {
	t.Helper()
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name+".png"), picture, 0o600); err != nil {
		t.Fatal(err)
	}
}

// media emulates a kind of medium ("screen", "print") and a colour scheme.
func media(kind, scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

func withoutJavaScript() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
}

// pageOf returns the report of events.
func pageOf(t *testing.T, events []event.Event) []byte {
	t.Helper()
	m := &reports.Model{Stream: "events.ndjson"}
	for _, e := range events {
		m.Add(e)
	}
	m.Footer.Summary = m.Counts()
	var page bytes.Buffer
	if err := reports.HTML(&page, m); err != nil {
		t.Fatal(err)
	}
	return page.Bytes()
}

// texts returns the texts of the elements that a selector finds and that can be seen.
func (b *tab) texts(t *testing.T, selector string) []string {
	t.Helper()
	list := eval[[]string](t, b, `Array.from(document.querySelectorAll("`+selector+`")).filter(e => e.checkVisibility()).map(e => e.textContent.trim())`)
	for i := range list {
		list[i] = strings.Join(strings.Fields(list[i]), " ")
	}
	return list
}

// wantNow checks that an expression is true in the page, also where scripts of the page do not run.
func (b *tab) wantNow(t *testing.T, expression string) {
	t.Helper()
	if !eval[bool](t, b, expression) {
		t.Errorf("not so: %s", expression)
	}
}

// press presses a key, and releases it. Unlike chromedp.KeyEvent it types no character where the page has taken the key.
func (b *tab) press(t *testing.T, key string) {
	t.Helper()
	text := key
	switch {
	case key == "Enter":
		text = "\r"
	case len(key) > 1:
		text = ""
	}
	for _, p := range []input.DispatchKeyEventParams{{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Text: text}, {Type: input.DispatchKeyEventTypeKeyUp, Key: key}} {
		b.do(t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, p)
			return err
		}))
	}
}
