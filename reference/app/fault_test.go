package app_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/app"
)

// A sight is something that can be seen from outside. It is told apart from what
// other apps show by its text.
type sight func(r rig) string

// middlewares shows what a chain of scripts does, and in which order.
func middlewares(namespace, auth string) sight {
	return func(r rig) string {
		watcher := &client{Conn: r.WebSocket("")}
		watcher.join("/", "")
		c := r.dial()
		c.join("/", "")
		began := time.Now()
		answer := c.join(namespace, auth)
		took := time.Since(began)
		synctest.Wait()
		log := watcher.op("/", `{"do":"log","tag":"t"}`)
		var state string
		if strings.HasPrefix(answer, "40") {
			state = c.op(namespace, `{"do":"rooms"}`) + dataOf(c.op(namespace, `{"do":"info"}`))
		}
		return fmt.Sprint(answer, took, log, state)
	}
}

// dataOf returns the data in the reply to info.
func dataOf(info string) string {
	_, data, _ := strings.Cut(info, `"data":`)
	data, _, _ = strings.Cut(data, `,"headers"`)
	return data
}

// answers shows the answers to several CONNECTs of one connection.
func answers(requests ...string) sight {
	return func(r rig) string {
		c := r.dial()
		var all []string
		for _, request := range requests {
			name, auth, _ := strings.Cut(request, ",")
			if leave, ok := strings.CutPrefix(name, "-"); ok {
				c.Send("41" + prefix(leave))
				continue
			}
			c.Send("40" + prefix(name) + auth)
			synctest.Wait()
			frame := "nothing"
			for frame == "nothing" || strings.Contains(frame, `["auth",`) {
				frame = c.Next()
			}
			all = append(all, frame)
		}
		return strings.Join(all, " ")
	}
}

// Two clients in three namespaces, and in rooms: "a" holds the first, "ab" both,
// "ac" the first, "b" the second.
func crowd(r rig) (one, two *client) {
	names := []string{"/", "/custom", "/dynamic-1"}
	one, two = r.dial(names...), r.dial(append(names, "/dynamic-2")...)
	for _, name := range names {
		one.op(name, `{"do":"join","rooms":["a"]}`)
		one.op(name, `{"do":"join","rooms":["ab","ac"]}`)
		two.op(name, `{"do":"join","rooms":["ab","b"]}`)
	}
	two.op("/dynamic-2", `{"do":"join","rooms":["a"]}`)
	one.frames()
	two.frames()
	return one, two
}

// ops shows who receives what when one of two clients carries out operations in
// a namespace, and the replies.
func ops(namespace string, all ...string) sight {
	return func(r rig) string {
		one, two := crowd(r)
		var replies []string
		for _, op := range all {
			replies = append(replies, one.op(namespace, op))
		}
		return fmt.Sprint(replies, " one: ", one.frames(), " two: ", two.frames())
	}
}

// asks shows the reply to an operation that asks clients, of which some answer.
func asks(op string, who ...func(one, two *client) *client) sight {
	return func(r rig) string {
		one, two := crowd(r)
		began := time.Now()
		begin := one.start("/custom", op)
		synctest.Wait()
		for _, which := range who {
			c := which(one, two)
			if id := question.FindStringSubmatch(c.Next()); id != nil {
				c.Send("43/custom," + id[1] + `["x","y"]`)
				synctest.Wait()
			}
		}
		return fmt.Sprint(one.until(begin), time.Since(began))
	}
}

var question = regexp.MustCompile(`^42/custom,(\d+)\["q"\]$`)

func first(one, _ *client) *client  { return one }
func second(_, two *client) *client { return two }

// left shows who is where after the first of two clients has gone, and what was
// logged, by namespace.
func left(how func(c *client)) sight {
	return func(r rig) string {
		one, two := crowd(r)
		how(one)
		synctest.Wait()
		return two.op("/custom", `{"do":"members","room":"ab"}`) + two.op("/custom", `{"do":"members"}`) + byNamespace(two.op("/", `{"do":"log","tag":"t"}`)) + two.frames()
	}
}

// byNamespace orders the log, whose entries have an order within a namespace
// only.
func byNamespace(reply string) string {
	var replies []struct{ OK [][]any }
	if err := json.Unmarshal([]byte(reply), &replies); err != nil {
		return err.Error()
	}
	entries := replies[0].OK
	slices.SortStableFunc(entries, func(a, b []any) int { return strings.Compare(a[1].(string), b[1].(string)) })
	text, _ := json.Marshal(entries)
	return string(text)
}

func drop(c *client)   { _ = c.WS.Close() }
func leave(c *client)  { c.Send("41/custom,") }
func kicked(c *client) { c.start("/custom", `{"do":"disconnect"}`) }

// batch returns the operation that carries out others.
func batch(ops string) string { return `{"do":"batch","ops":[` + ops + `]}` }

// message shows the answer to events, in two namespaces.
func message(r rig) string {
	c := r.dial("/", "/custom")
	c.frames()
	c.Send(`42/custom,["message",1,2]`, `42/custom,1["message-with-ack",1,2]`, `42/custom,2["message-with-ack",3]`)
	synctest.Wait()
	return c.frames()
}

// binary shows what becomes of attachments.
func binary(r rig) string {
	c := r.dial("/")
	c.frames()
	c.Send(`452-["message",{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}}]`, "bAQID", "bBAUG")
	synctest.Wait()
	return c.frames()
}

// volatile shows what a polling client without a GET gets.
func volatile(r rig) string {
	p := r.Polling("")
	p.Post("40/custom,")
	synctest.Wait()
	p.Get()
	p.Get()
	p.Post(`42/custom,["op",{"do":"emit","via":"socket","flags":["volatile"],"args":["lost"]}]`)
	synctest.Wait()
	p.Post(`42/custom,["op",{"do":"emit","via":"socket","args":["kept"]}]`)
	synctest.Wait()
	return p.Get().Body
}

const (
	rejects = `{"mw":[[{"join":"r"}],[{"reject":{"message":"no","data":1}}]]}`
	passes  = `{"mw":[[{"wait":50},{"join":"r"},{"set":{"k":1}}]]}`
)

// sights are where a fault shows. A fault that has none is seen as one of the
// sights of every day.
var sights = map[string]sight{
	"app.middleware.skipped":         middlewares("/orders", passes),
	"app.middleware.reversed":        middlewares("/orders", passes),
	"app.middleware.twice":           middlewares("/orders", passes),
	"app.middleware.goes-on":         middlewares("/orders", rejects),
	"app.middleware.error-ignored":   middlewares("/orders", rejects),
	"app.middleware.data-lost":       middlewares("/orders", rejects),
	"app.middleware.message-lost":    middlewares("/orders", rejects),
	"app.middleware.not-awaited":     middlewares("/orders", passes),
	"app.middleware.join-lost":       middlewares("/orders", passes),
	"app.middleware.data-forgotten":  middlewares("/orders", passes),
	"app.middleware.connected-twice": middlewares("/orders", passes),
	"app.middleware.connected-early": middlewares("/orders", passes),
	"app.middleware.refusal-spreads": answers("/guarded", "/orders", "/"),
	"app.middleware.guards-all":      answers("/custom"),
	"app.middleware.once":            answers("/orders", "-/orders", "/orders,"+rejects),
	"app.middleware.serialized": func(r rig) string {
		c := r.dial()
		c.Send(`40/orders,{"mw":[[{"wait":500}]]}`)
		synctest.Wait()
		c.Send("40/users")
		return c.Next()[:6]
	},
	"app.middleware.refused-kept": func(r rig) string {
		c := r.dial("/orders")
		r.dial().join("/orders", rejects)
		return c.op("/orders", `{"do":"members"}`) + c.op("/orders", `{"do":"members","room":"r"}`)
	},

	"app.rooms.joined-everywhere":        ops("/custom", `{"do":"join","rooms":["new"]}`, `{"do":"emit","via":"nsp","of":"/","to":["new"],"args":["ev"]}`),
	"app.rooms.shared-across-namespaces": ops("/custom", `{"do":"emit","via":"nsp","to":["b"],"args":["ev"]}`),
	"app.rooms.leave-ignored":            ops("/custom", `{"do":"leave","room":"ab"}`, `{"do":"rooms"}`),
	"app.rooms.leave-leaves-all":         ops("/custom", `{"do":"leave","room":"ab"}`, `{"do":"rooms"}`),
	"app.rooms.leave-empties":            ops("/custom", `{"do":"leave","room":"ab"}`, `{"do":"members","room":"ab"}`),
	"app.rooms.join-replaces":            ops("/custom", `{"do":"join","rooms":["new"]}`, `{"do":"rooms"}`),
	"app.rooms.kept-after-drop":          left(drop),
	"app.rooms.kept-after-leaving":       left(leave),
	"app.rooms.kept-after-kick":          left(kicked),
	"app.rooms.gone-when-disconnecting":  left(leave),
	"app.rooms.join-after-disconnect": func(r rig) string {
		one, two := crowd(r)
		one.start("/custom", batch(`{"do":"disconnect"},{"do":"join","rooms":["new"]}`))
		synctest.Wait()
		return two.op("/custom", `{"do":"members","room":"new"}`)
	},
	"app.rooms.join-deferred":    ops("/custom", batch(`{"do":"join","rooms":["new"]},{"do":"rooms"}`)),
	"app.rooms.own-room-missing": ops("/custom", `{"do":"rooms"}`),

	"app.operator.to-ignored":              ops("/custom", `{"do":"emit","via":"nsp","to":["a"],"args":["ev"]}`),
	"app.operator.in-ignored":              ops("/custom", `{"do":"emit","via":"nsp","in":["a"],"args":["ev"]}`),
	"app.operator.last-room-only":          ops("/custom", `{"do":"emit","via":"nsp","to":["a","b"],"args":["ev"]}`),
	"app.operator.except-ignored":          ops("/custom", `{"do":"emit","via":"nsp","except":["b"],"args":["ev"]}`),
	"app.operator.first-except-only":       ops("/custom", `{"do":"emit","via":"nsp","except":["a","b"],"args":["ev"]}`),
	"app.operator.sender-included":         ops("/custom", `{"do":"emit","via":"broadcast","to":["ab"],"args":["ev"]}`),
	"app.operator.sender-excluded":         ops("/custom", `{"do":"emit","via":"nsp","args":["ev"]}`),
	"app.operator.duplicates":              ops("/custom", `{"do":"emit","via":"nsp","to":["a","ab"],"args":["ev"]}`),
	"app.operator.unknown-room-broadcasts": ops("/custom", `{"do":"emit","via":"nsp","to":["nobody"],"args":["ev"]}`),
	"app.operator.mutable":                 ops("/custom", `{"do":"emit","via":"nsp","to":["a"],"discard":{"to":["b"]},"args":["ev"]}`),
	"app.operator.sticky":                  ops("/custom", `{"do":"emit","via":"nsp","to":["a"],"args":["1"]}`, `{"do":"emit","via":"nsp","args":["2"]}`),
	"app.operator.batch-reversed":          ops("/custom", batch(`{"do":"emit","via":"nsp","args":["1"]},{"do":"emit","via":"nsp","args":["2"]}`)),
	"app.operator.volatile-lost":           ops("/custom", `{"do":"emit","via":"nsp","flags":["volatile"],"args":["ev"]}`),
	"app.operator.volatile-kept":           volatile,

	"app.namespaces.events-crossed":       message,
	"app.namespaces.custom-deaf":          message,
	"app.namespaces.broadcast-everywhere": ops("/custom", `{"do":"emit","via":"nsp","args":["ev"]}`),
	"app.namespaces.server-everywhere":    ops("/custom", `{"do":"emit","via":"server","args":["ev"]}`),
	"app.namespaces.of-ignored":           ops("/custom", `{"do":"emit","via":"nsp","of":"/","args":["ev"]}`),
	"app.namespaces.data-shared": func(r rig) string {
		one, _ := crowd(r)
		one.op("/custom", `{"do":"set","data":{"k":1}}`)
		return dataOf(one.op("/", `{"do":"info"}`))
	},
	"app.auth.first-namespace": func(r rig) string {
		c := r.dial()
		c.join("/", `{"token":"first"}`)
		c.join("/custom", `{"token":"second"}`)
		info := c.op("/custom", `{"do":"info"}`)
		return info[:strings.Index(info, "data")]
	},
	"app.namespaces.disconnect-all":     left(kicked),
	"app.namespaces.disconnect-ignored": left(kicked),
	"app.namespaces.disconnect-one":     left(func(c *client) { c.start("/custom", `{"do":"disconnect","close":true}`) }),
	"app.namespaces.leaving-leaves-all": left(leave),

	"app.dynamic.pattern-too-wide":      answers("/dynamic-1x"),
	"app.dynamic.answer-ignored":        answers(`/tenant-x,{"tenant":{"allow":false}}`),
	"app.dynamic.error-ignored":         answers(`/tenant-x,{"tenant":{"error":"no"}}`),
	"app.dynamic.auth-lost":             answers(`/tenant-x,{"tenant":{"allow":false}}`),
	"app.dynamic.middleware-skipped":    answers("/dynamic-9," + rejects),
	"app.dynamic.middleware-first-only": answers("/dynamic-9", "-/dynamic-9", "/dynamic-9,"+rejects),
	"app.dynamic.touched-unguarded": func(r rig) string {
		r.dial("/").op("/", `{"do":"declare","nsp":"/dynamic-9"}`)
		return r.dial().join("/dynamic-9", rejects)
	},
	"app.dynamic.asked-again": func(r rig) string {
		r.dial("/tenant-x")
		return r.dial("/tenant-x").op("/tenant-x", `{"do":"log","tag":"t"}`)
	},
	"app.dynamic.parent-first-child":   ops("/dynamic-1", `{"do":"emit","via":"parent","args":["ev"]}`),
	"app.dynamic.parent-own-child":     ops("/dynamic-1", `{"do":"emit","via":"parent","args":["ev"]}`),
	"app.dynamic.parent-everywhere":    ops("/dynamic-1", `{"do":"emit","via":"parent","args":["ev"]}`),
	"app.dynamic.parent-rooms-ignored": ops("/dynamic-1", `{"do":"emit","via":"parent","to":["a"],"args":["ev"]}`),
	"app.dynamic.children-share-rooms": ops("/dynamic-1", `{"do":"emit","via":"nsp","to":["a"],"args":["ev"]}`),
	"app.dynamic.children-are-one":     ops("/dynamic-1", `{"do":"emit","via":"nsp","args":["ev"]}`),
	"app.dynamic.two-children":         ops("/dynamic-1", `{"do":"emit","via":"nsp","args":["ev"]}`),
	"app.dynamic.name-wrong": func(r rig) string {
		info := r.dial("/dynamic-1").op("/dynamic-1", `{"do":"info"}`)
		_, name, _ := strings.Cut(info, `"nsp":`)
		return name[:12]
	},

	"app.ack.never":                message,
	"app.ack.arguments-lost":       message,
	"app.ack.first-argument-only":  message,
	"app.ack.mixed-up":             message,
	"app.ack.answer-lost":          asks(`{"do":"emit","via":"broadcast","args":["q"],"ack":100}`, second),
	"app.ack.timeout-succeeds":     asks(`{"do":"emit","via":"socket","args":["q"],"ack":100}`),
	"app.ack.timeout-ignored":      asks(`{"do":"emit","via":"socket","args":["q"],"ack":100}`),
	"app.ack.partial-lost":         asks(`{"do":"emit","via":"nsp","args":["q"],"ack":100}`, second),
	"app.ack.broadcast-first-only": asks(`{"do":"emit","via":"nsp","args":["q"],"ack":100}`, second, first),
	"app.ack.broadcast-doubled":    asks(`{"do":"emit","via":"nsp","args":["q"],"ack":100}`, second, first),

	"app.events.twice":              message,
	"app.events.reversed":           message,
	"app.binary.replaced":           binary,
	"app.binary.truncated":          binary,
	"app.binary.emptied":            binary,
	"app.binary.text":               binary,
	"app.log.reason-wrong":          left(leave),
	"app.log.disconnect-missing":    left(leave),
	"app.log.disconnect-twice":      left(leave),
	"app.log.disconnecting-missing": left(leave),
}

func TestFaultsShow(t *testing.T) {
	for _, f := range app.Faults() {
		t.Run(f.ID, func(t *testing.T) {
			see := sights[f.ID]
			if see == nil {
				t.Fatal("no sight")
			}
			var right, wrong string
			inBubble(t, nil, func(t *testing.T, r rig) {
				right = blind(see(r))
				if got := r.app.Fired(); got != 0 {
					t.Errorf("a fault of the correct app fired %d times", got)
				}
			})
			inBubble(t, []string{f.ID}, func(t *testing.T, r rig) {
				wrong = blind(see(r))
				if r.app.Fired() == 0 {
					t.Error("the fault did not fire")
				}
			})
			if right == wrong {
				t.Errorf("the fault does not show in\n%s", right)
			}
		})
	}
}

func TestFaultsAreNamed(t *testing.T) {
	seen := map[string]bool{}
	form := regexp.MustCompile(`^app\.[a-z]+\.[a-z-]+$`)
	for _, f := range app.Faults() {
		if seen[f.ID] || !form.MatchString(f.ID) || f.Title == "" {
			t.Errorf("fault %q, %q", f.ID, f.Title)
		}
		seen[f.ID] = true
	}
	for id := range sights {
		if !seen[id] {
			t.Errorf("sight of the unknown fault %s", id)
		}
	}
}

func TestCorrectAppIsDeterministic(t *testing.T) {
	for id, see := range sights {
		t.Run(id, func(t *testing.T) {
			var all []string
			for range 2 {
				inBubble(t, nil, func(_ *testing.T, r rig) { all = append(all, blind(see(r))) })
			}
			if all[0] != all[1] {
				t.Errorf("saw\n%s\nand then\n%s", all[0], all[1])
			}
		})
	}
}
