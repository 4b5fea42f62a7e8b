package main

import (
	"testing"

	"github.com/sio-conform/sio-conform/reference/examples/internal/browser"
)

func TestUsersAreLetIn(t *testing.T) {
	srv, site := newSite()
	b := browser.New(t, srv, site)
	b.Post("/login", "name=ada")
	for _, name := range []string{"/private", "/strict"} {
		c := b.Connect("40" + name + ",")
		c.Next() // the answer to CONNECT
		c.Want("42" + name + `,["hello","ada"]`)
	}
}

func TestOthersAreRefused(t *testing.T) {
	srv, site := newSite()
	b := browser.New(t, srv, site)
	b.Connect("40/private,").Want(`44/private,{"message":"unauthorized"}`)
	b.Connect("40/strict,").Want(`44/strict,{"message":"Unauthorized","data":{"status":401}}`)
}

func TestForgedToken(t *testing.T) {
	srv, site := newSite()
	b := browser.New(t, srv, site)
	b.SetCookie("jwt", "eyJhbGciOiJub25lIn0.eyJuYW1lIjoiYWRhIn0.")
	b.Connect("40/private,").Want(`44/private,{"message":"unauthorized"}`)
}
