package app_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/server/servertest"
)

// A rig is an app under test.
type rig struct {
	*servertest.Net
	app *app.App
}

// inBubble runs a test against the app with faults.
func inBubble(t *testing.T, faults []string, test func(*testing.T, rig)) {
	t.Helper()
	inBubbleOf(t, server.Config{}, faults, test)
}

// inBubbleOf does what inBubble does, on a server with options.
func inBubbleOf(t *testing.T, config server.Config, faults []string, test func(*testing.T, rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, err := app.New(config, app.Options{Faults: faults})
		if err != nil {
			t.Fatal(err)
		}
		r := rig{servertest.New(t, a, "/socket.io/"), a}
		t.Cleanup(func() {
			if err := a.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
		test(t, r)
	})
}

// A client is a connection to the app, with what came that nobody asked for.
type client struct {
	*servertest.Conn
	ops  int
	seen []string
}

// dial opens a connection whose tag is "t", and joins namespaces without
// credentials.
func (r rig) dial(namespaces ...string) *client {
	c := &client{Conn: r.WebSocket("tag=t")}
	for _, name := range namespaces {
		c.join(name, "")
	}
	return c
}

func prefix(namespace string) string {
	if namespace == "/" {
		return ""
	}
	return namespace + ","
}

// join asks for a namespace and returns the answer, or "nothing". What comes
// with it is seen.
func (c *client) join(namespace, auth string) string {
	c.Send("40" + prefix(namespace) + auth)
	synctest.Wait()
	for {
		f := c.Next()
		if strings.HasPrefix(f, "40"+prefix(namespace)+"{") || strings.HasPrefix(f, "44"+prefix(namespace)+"{") || strings.HasPrefix(f, "closed") {
			return f
		}
		c.seen = append(c.seen, f)
	}
}

// start begins an operation and returns how its reply begins.
func (c *client) start(namespace, op string) string {
	c.ops++
	c.Send(fmt.Sprintf(`42%s%d["op",%s]`, prefix(namespace), c.ops, op))
	return fmt.Sprintf("43%s%d", prefix(namespace), c.ops)
}

// op carries an operation out and returns the arguments of the reply.
func (c *client) op(namespace, op string) string {
	return c.until(c.start(namespace, op))
}

// until reads up to the reply that begins so, and returns its arguments, or to
// the end of the connection or a ping.
func (c *client) until(begin string) string {
	for {
		f := c.Next()
		if rest, ok := strings.CutPrefix(f, begin); ok && (rest == "" || rest[0] == '[') {
			return rest
		}
		if strings.HasPrefix(f, "closed") || f == "2" {
			return f
		}
		c.seen = append(c.seen, f)
	}
}

// frames returns what came up to now, without the events auth.
func (c *client) frames() string {
	synctest.Wait() // namespaces are served side by side
	if end := c.op("/", `{"do":"echo","value":0}`); end != `[{"ok":0}]` {
		c.seen = append(c.seen, end)
	}
	var frames []string
	for _, f := range c.seen {
		if !strings.Contains(f, `["auth",`) {
			frames = append(frames, f)
		}
	}
	c.seen = nil
	return strings.Join(frames, " ")
}

var (
	anyID  = regexp.MustCompile(`"[A-Za-z0-9_-]{20}"`)
	anySet = regexp.MustCompile(`\["[^][{}]*"\]`)
)

// blind replaces ids, which are different in every run, and puts arrays of
// strings that hold one in order.
func blind(s string) string {
	return anySet.ReplaceAllStringFunc(anyID.ReplaceAllString(s, `"ID"`), func(set string) string {
		elements := strings.Split(set[1:len(set)-1], ",")
		if !slices.Contains(elements, `"ID"`) {
			return set
		}
		slices.Sort(elements)
		return "[" + strings.Join(elements, ",") + "]"
	})
}
