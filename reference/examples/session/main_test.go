package main

import (
	"testing"

	"github.com/sio-conform/sio-conform/reference/examples/internal/browser"
)

func TestSessionIsShared(t *testing.T) {
	srv, site := newSite()
	b := browser.New(t, srv, site)
	for _, want := range []string{"visit 1\n", "visit 2\n"} {
		if got := b.Get("/"); got != want {
			t.Fatalf("page %q, want %q", got, want)
		}
	}
	c := b.Connect("40/visits,")
	c.Next() // the answer to CONNECT
	c.Want(`42/visits,["visits",2]`)
	c.Send(`42/visits,0["forget"]`)
	c.Want(`43/visits,0[true]`)
	if got := b.Get("/"); got != "visit 1\n" {
		t.Errorf("page %q after the session was changed in the namespace", got)
	}
}

func TestWithoutSession(t *testing.T) {
	srv, site := newSite()
	c := browser.New(t, srv, site).Connect("40/visits,")
	c.Next()
	c.Want(`42/visits,["visits",0]`)
}

func TestPagesOfOtherSites(t *testing.T) {
	srv, site := newSite()
	if status := browser.New(t, srv, site).ConnectFrom("https://evil.example"); status != 400 {
		t.Errorf("status %d", status)
	}
}
