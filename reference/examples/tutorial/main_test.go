package main

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sio-conform/sio-conform/reference/examples/internal/browser"
)

func TestEveryoneIsGreeted(t *testing.T) {
	srv, site := newSite(nil)
	b := browser.New(t, srv, site)
	first := b.Connect("40/my-namespace,")
	first.Next() // the answer to CONNECT
	first.Want(`42/my-namespace,["hi","Hello everyone!"]`)
	second := b.Connect("40/my-namespace,")
	second.Next()
	second.Want(`42/my-namespace,["hi","Hello everyone!"]`)
	first.Want(`42/my-namespace,["hi","Hello everyone!"]`)
}

func TestPageAndBundle(t *testing.T) {
	srv, site := newSite(fstest.MapFS{"socket.io.js": {Data: []byte("bundle")}})
	b := browser.New(t, srv, site)
	if got := b.Get("/"); !strings.Contains(got, "io('/my-namespace')") {
		t.Errorf("the page: %q", got)
	}
	if got := b.Get("/socket.io/socket.io.js"); got != "bundle" {
		t.Errorf("the bundle: %q", got)
	}
}
