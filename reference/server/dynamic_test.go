package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/sio-conform/sio-conform/reference/server"
)

var digits = regexp.MustCompile(`^/dyn-\d+$`)

// parent registers the handlers of a child: it says its name.
func (r rig) parent(p *server.Parent) *server.Parent {
	p.OnConnection(r.standard)
	p.OnConnection(func(s *server.Socket) { r.log <- "in " + s.Namespace().Name() })
	return p
}

func TestPattern(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		created := make(chan string, 10)
		r.server.OnNewNamespace(func(n *server.Namespace) { created <- n.Name() })
		r.parent(r.server.OfPattern(digits))
		c := r.joined("/dyn-1", "/dyn-2")
		wantNotesInAnyOrder(t, r, "in /dyn-1", "in /dyn-2")
		if got := <-created + " " + <-created; got != "/dyn-1 /dyn-2" && got != "/dyn-2 /dyn-1" {
			t.Errorf("created %s", got)
		}
		for _, name := range []string{"/dyn-abc", "/dyn-", "/x/dyn-1", "/_0"} {
			c.Send("40" + name + ",")
			c.Want("44" + name + `,{"message":"Invalid namespace"}`)
		}
		alive(c, "/dyn-1")
		c.Send("41/dyn-1,")
		synctest.Wait()
		if got := r.server.Namespaces(); !slices.Equal(got, []string{"/", "/a", "/b", "/dyn-1", "/dyn-2"}) {
			t.Errorf("namespaces %v", got)
		}
	})
}

func wantNotesInAnyOrder(t *testing.T, r rig, want ...string) {
	t.Helper()
	got := r.notes()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("notes are %q, want %q", got, want)
	}
}

func TestChildrenAreSeparate(t *testing.T) {
	inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
		p := r.parent(r.server.OfPattern(digits))
		a, b, other, outside := r.joined("/dyn-1"), r.joined("/dyn-2"), r.joined("/dyn-2"), r.joined("/")
		a.Send(`42/dyn-1,1["join","r"]`)
		a.Next()
		b.Send(`42/dyn-2,1["join","r"]`)
		b.Next()

		_ = r.server.Of("/dyn-1").Emit("one")
		a.Want(`42/dyn-1,["one"]`)
		_ = r.server.Of("/dyn-2").To("r").Emit("room")
		b.Want(`42/dyn-2,["room"]`)

		_ = p.To("r").Emit("rooms")
		a.Want(`42/dyn-1,["rooms"]`)
		b.Want(`42/dyn-2,["rooms"]`)
		_ = p.Except("r").Emit("others")
		other.Want(`42/dyn-2,["others"]`)
		_ = p.Emit("all")
		a.Want(`42/dyn-1,["all"]`)
		b.Want(`42/dyn-2,["all"]`)
		other.Want(`42/dyn-2,["all"]`)
		alive(outside, "/")
	})
}

func TestParentMiddlewares(t *testing.T) {
	deny := func(_ context.Context, s *server.Socket) error {
		if strings.Contains(string(s.Handshake().Auth), "deny") {
			return errors.New("denied")
		}
		return nil
	}
	t.Run("child made by a client", func(t *testing.T) {
		inBubble(t, server.Config{}, func(t *testing.T, r rig) {
			r.server.OfPattern(digits).Use(deny)
			c := r.WebSocket("")
			c.Send(`40/dyn-1,{"deny":1}`)
			c.Want(`44/dyn-1,{"message":"denied"}`)
			c.Connect("/dyn-1")
			if !slices.Contains(r.server.Namespaces(), "/dyn-1") {
				t.Error("the namespace does not exist")
			}
		})
	})
	t.Run("child made by the server", func(t *testing.T) {
		inBubble(t, server.Config{}, func(t *testing.T, r rig) {
			p := r.parent(r.server.OfPattern(digits))
			p.Use(deny)
			_ = r.server.Of("/dyn-1").Emit("touched")
			r.server.Of("/dyn-1").Use(r.noting("own", nil))
			r.server.Of("/dyn-1").OnConnection(func(*server.Socket) { r.log <- "own connection" })
			c := r.WebSocket("")
			c.Send(`40/dyn-1,{"deny":1}`)
			c.Want(`44/dyn-1,{"message":"denied"}`)
			c.Connect("/dyn-1")
			wantNotes(t, r, "own", "in /dyn-1", "own connection")
			_ = p.Emit("all")
			c.Want(`42/dyn-1,["all"]`)
		})
	})
	t.Run("late", func(t *testing.T) {
		inBubble(t, server.Config{}, func(t *testing.T, r rig) {
			p := r.server.OfPattern(digits)
			c := r.joined("/dyn-1")
			p.Use(r.noting("late", nil))
			c.Connect("/dyn-2")
			wantNotes(t, r, "late")
			r.joined("/dyn-1")
			wantNotes(t, r)
		})
	})
}

func TestWhoCreatesANamespace(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		noted := func(p *server.Parent, note string) {
			p.OnConnection(func(*server.Socket) { r.log <- note })
		}
		r.server.Of("/dyn-7").OnConnection(func(*server.Socket) { r.log <- "static" })
		noted(r.server.OfPattern(digits), "first")
		noted(r.server.OfPattern(regexp.MustCompile(`dyn`)), "second")
		noted(r.server.OfFunc(func(_ context.Context, name string, _ json.RawMessage) (bool, error) {
			return strings.HasPrefix(name, "/fn-yes"), nil
		}), "function")
		noted(r.server.OfFunc(func(context.Context, string, json.RawMessage) (bool, error) {
			return true, errors.New("no")
		}), "failing")
		noted(r.server.OfFunc(func(context.Context, string, json.RawMessage) (bool, error) { panic("boom") }), "panicking")
		noted(r.server.OfPattern(regexp.MustCompile(`^/fn-`)), "last")
		for _, row := range []struct{ name, by string }{
			{"/dyn-7", "static"},
			{"/dyn-1", "first"},
			{"/my-dyn", "second"},
			{"/fn-yes", "function"},
			{"/fn-no", "last"},
			{"/a", ""},
		} {
			r.joined(row.name)
			if got := strings.Join(r.notes(), " "); got != row.by {
				t.Errorf("%s: created by %q, want %q", row.name, got, row.by)
			}
		}
		c := r.WebSocket("")
		c.Send("40/else,")
		c.Want(`44/else,{"message":"Invalid namespace"}`)
	})
}

func TestFunctionIsAskedOnceWithTheAuth(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		p := r.server.OfFunc(func(ctx context.Context, name string, auth json.RawMessage) (bool, error) {
			r.log <- name + " " + string(auth) + " " + server.RequestFrom(ctx).URL.Query().Get("tag")
			return strings.Contains(string(auth), "secret"), nil
		})
		c := r.WebSocket("tag=t")
		c.Send("40/fn,")
		c.Want(`44/fn,{"message":"Invalid namespace"}`)
		c.Send(`40/fn,{"token":"secret"}`)
		c.Next()
		r.joined("/fn")
		wantNotes(t, r, "/fn {} t", `/fn {"token":"secret"} t`)
		if r.server.Of("/fn").Parent() != p || r.server.Of("/a").Parent() != nil || server.RequestFrom(t.Context()) != nil {
			t.Error("wrong parent, or a request out of nowhere")
		}
	})
}

func TestConcurrentCreationGivesOneNamespace(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		release := make(chan struct{})
		var asked atomic.Int32
		r.server.OfFunc(func(context.Context, string, json.RawMessage) (bool, error) {
			asked.Add(1)
			<-release
			return true, nil
		})
		a, b := r.WebSocket(""), r.WebSocket("")
		a.Send("40/fn,")
		b.Send("40/fn,")
		a.Connect("/")
		synctest.Wait()
		if got := asked.Load(); got != 2 {
			t.Errorf("asked %d times", got)
		}
		close(release)
		a.Next()
		b.Next()
		_ = r.server.Of("/fn").Emit("all")
		a.Want(`42/fn,["all"]`)
		b.Want(`42/fn,["all"]`)
	})
}

func TestClientLeavesWhileAFunctionDecides(t *testing.T) {
	inBubble(t, server.Config{CleanupEmptyChildren: true}, func(t *testing.T, r rig) {
		release := make(chan struct{})
		r.server.OfFunc(func(context.Context, string, json.RawMessage) (bool, error) {
			<-release
			return true, nil
		})
		c := r.joined("/")
		c.Send("40/fn,")
		alive(c, "/")
		_ = c.WS.Close()
		synctest.Wait()
		close(release)
		synctest.Wait()
		if slices.Contains(r.server.Namespaces(), "/fn") {
			t.Error("the namespace exists")
		}
	})
}

func TestCleanup(t *testing.T) {
	inBubble(t, server.Config{CleanupEmptyChildren: true}, func(t *testing.T, r rig) {
		p := r.parent(r.server.OfPattern(digits))
		p.Use(func(_ context.Context, s *server.Socket) error {
			if strings.Contains(string(s.Handshake().Auth), "deny") {
				return errors.New("denied")
			}
			return nil
		})
		exists := func(want bool) {
			t.Helper()
			synctest.Wait()
			if got := slices.Contains(r.server.Namespaces(), "/dyn-1") && len(p.Children()) == 1; got != want {
				t.Errorf("exists %t, want %t", got, want)
			}
		}
		a, b := r.joined("/", "/dyn-1"), r.joined("/dyn-1")
		a.Send("41/dyn-1,")
		alive(a, "/")
		exists(true)
		_ = b.WS.Close()
		exists(false)
		a.Send(`40/dyn-1,{"deny":1}`)
		a.Want(`44/dyn-1,{"message":"denied"}`)
		exists(false)
		a.Connect("/dyn-1")
		exists(true)
		alive(a, "/dyn-1")
	})
}

func TestWhatAParentCannotDo(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		p := r.server.OfPattern(digits)
		if err := p.Emit("to nobody"); err != nil {
			t.Error(err)
		}
		if _, err := p.To("r").FetchSockets(t.Context()); !errors.Is(err, server.ErrParent) {
			t.Errorf("fetch: %v", err)
		}
		if _, err := p.To("r").EmitWithAck(t.Context(), "q"); !errors.Is(err, server.ErrParent) {
			t.Errorf("ack: %v", err)
		}
	})
}

func TestTooManyChildren(t *testing.T) {
	for _, by := range []string{"pattern", "function"} {
		t.Run(by, func(t *testing.T) {
			inBubble(t, server.Config{MaxChildren: 2, CleanupEmptyChildren: true}, func(_ *testing.T, r rig) {
				if by == "pattern" {
					r.server.OfPattern(digits)
				} else {
					r.server.OfFunc(func(context.Context, string, json.RawMessage) (bool, error) { return true, nil })
				}
				c := r.joined("/", "/dyn-1", "/dyn-2")
				c.Send("40/dyn-3,")
				c.Want(`44/dyn-3,{"message":"Invalid namespace"}`)
				r.joined("/dyn-2")
				c.Send("41/dyn-1,")
				c.Connect("/dyn-3")
			})
		})
	}
}
