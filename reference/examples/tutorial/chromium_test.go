//go:build chromium

package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// bundles is where `make clients` installs the real clients.
const bundles = "../../server/testdata/clients/node_modules/"

// TestTutorialInChromium does the tutorial in a real browser with the bundles of
// Socket.IO 2 (revision 4) and 4 (revision 5).
func TestTutorialInChromium(t *testing.T) {
	for _, client := range []string{"client-2", "client-4"} {
		t.Run(client, func(t *testing.T) {
			dir := bundles + client + "/dist"
			if _, err := os.Stat(dir + "/socket.io.js"); err != nil {
				t.Fatal(err)
			}
			srv, site := newSite(os.DirFS(dir))
			s := httptest.NewServer(site)
			t.Cleanup(func() {
				if err := srv.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
				s.Close()
			})
			ctx := startChromium(t)
			first := openTab(t, ctx, s.URL)
			wantGreetings(t, first, 1)
			second := openTab(t, ctx, s.URL)
			wantGreetings(t, second, 1)
			wantGreetings(t, first, 2)
			wantPage(t, first, `socket.nsp === "/my-namespace" && socket.io.engine.transport.name === "websocket"`)

			leave(t, second)
			third := openTab(t, ctx, s.URL)
			wantGreetings(t, third, 1)
			wantGreetings(t, first, 3)
		})
	}
}

// startChromium returns the context of a browser that ends with the test.
func startChromium(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)...) // as root it starts in no other way
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// openTab opens the page in a tab of its own.
func openTab(t *testing.T, browser context.Context, url string) context.Context {
	t.Helper()
	tab, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	if err := chromedp.Do(tab, chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	return tab
}

// leave goes to an empty page, which closes the connection of the page before.
func leave(t *testing.T, tab context.Context) {
	t.Helper()
	if err := chromedp.Do(tab, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
}

// wantGreetings waits until the page has shown exactly n greetings.
func wantGreetings(t *testing.T, tab context.Context, n int) {
	t.Helper()
	const items = `Array.from(document.querySelectorAll("#greetings li"))`
	wantPage(t, tab, fmt.Sprintf("%s.length >= %d", items, n))
	got, err := chromedp.Run(tab, chromedp.Evaluate[[]string](items+".map(li => li.textContent)"))
	if err != nil {
		t.Fatal(err)
	}
	if want := slices.Repeat([]string{"Hello everyone!"}, n); !slices.Equal(got, want) {
		t.Errorf("want %d greetings, got %q", n, got)
	}
}

// wantPage waits until an expression is true in the page.
func wantPage(t *testing.T, tab context.Context, expression string) {
	t.Helper()
	if err := chromedp.Do(tab, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(10*time.Second))); err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
}
