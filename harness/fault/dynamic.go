package fault

import (
	"net/url"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// dynamicFaults are the faults about dynamic namespaces.
var dynamicFaults = []Fault{
	{"dynamic.refused", "does not create namespaces", refusing(func(*arrivals, *Crossing) bool { return true })},
	{"dynamic.second-refused", "lets one client ask for a dynamic name", refusing(func(a *arrivals, c *Crossing) bool { return a.byName[c.Packet.Namespace] > 1 })},
	{"dynamic.one-child-a-connection", "lets a connection into one child", refusing(func(a *arrivals, c *Crossing) bool { return len(a.bySession[c.Session]) > 1 })},
	{"dynamic.left-is-gone", "does not let anybody into a child that was left", refusing(func(a *arrivals, c *Crossing) bool { return a.left[c.Packet.Namespace] })},
	{"dynamic.decision-remembered", "denies a name to all when it was denied once", refusing(func(a *arrivals, c *Crossing) bool { return a.denied[c.Packet.Namespace] })},
	{"dynamic.denial-for-all", "denies a name to all who ask for it when it denies it to one", arriving(func(a *arrivals, c *Crossing) []peer.Frame {
		if admitted(c) && a.denied[c.Packet.Namespace] {
			return []peer.Frame{incoming(c, invalidNamespace(c))}
		}
		return passed(c)
	})},
	{"dynamic.function-asked-again", "asks the function also about a namespace that exists", refusing(func(_ *arrivals, c *Crossing) bool {
		return tenant(c)["allow"] == false
	})},
	{"dynamic.refused-afterwards", "lets a client in and then refuses it", change(always(admitted), func(c *Crossing) []peer.Frame {
		return []peer.Frame{c.Frame, incoming(c, invalidNamespace(c))}
	})},
	{"dynamic.unanswered", "does not answer a CONNECT for a dynamic namespace", drop(always(admitted))},
	{"dynamic.second-unanswered", "answers the first of those who ask for a dynamic name", func() *peer.Tap {
		first := map[string]string{}
		return drop(always(func(c *Crossing) bool {
			if admitted(c) && first[c.Packet.Namespace] == "" {
				first[c.Packet.Namespace] = c.Session
			}
			return admitted(c) && first[c.Packet.Namespace] != c.Session
		}))()
	}},
	{"dynamic.answered-twice", "answers a CONNECT for a dynamic namespace twice", duplicate(always(admitted))},
	{"dynamic.answered-in-main", "answers a CONNECT for a dynamic namespace in the main one", alter(always(admitted), func(c *Crossing) []byte {
		return append([]byte("40"), c.Packet.Data...)
	})},
	{"dynamic.pattern-wide", "takes names that only resemble the pattern", admitting("ynamic")},
	{"dynamic.parents-joinable", "lets clients into a parent", admitting("/_")},
	{"dynamic.refusal-unanswered", "does not answer a CONNECT for a name that is denied", drop(always(denied))},
	{"dynamic.refusal-closes", "closes the connection of whom it denies a name", hangUp(always(denied))},
	{"dynamic.refusal-renamed", "denies a name with another message", replace(always(denied), "Invalid namespace", "Unknown namespace")},
	{"dynamic.refusal-generic", "does not pass on with what a middleware refused", alter(always(denied), invalidNamespaceBytes)},
	{"dynamic.error-told", "sends the text of the function's error to the client", replace(always(denied), "Invalid namespace", "database is down")},

	{"dynamic.named-as-parent", "shows the application the parent as the socket's namespace", replies(func(_ operation, value any) any {
		info, _ := value.(map[string]any)
		info["nsp"] = "/_0"
		return info
	}, "info")},
	{"dynamic.child-for-all", "has one child for all names", mapped(func(a *arrivals, session, name string) string { return a.names[0] })},
	{"dynamic.child-per-client", "creates a child for each client that asks", mapped(func(_ *arrivals, session, name string) string {
		if session == "main" {
			return name
		}
		return name + "0" + string('0'+session[0]%10)
	})},
	{"dynamic.names-as-numbers", "takes names with the same number for the same", alter(always(out()), func(c *Crossing) []byte {
		if c.Packet.Engine != '4' {
			return c.Data
		}
		return []byte(strings.Replace(string(c.Data), "/dynamic-00", "/dynamic-", 1))
	})},
	{"dynamic.names-cut", "cuts a dynamic name at its second slash", inName(func(name string) string {
		if i := strings.LastIndexByte(name, '/'); i > 0 {
			return name[:i]
		}
		return name
	})},
	{"dynamic.names-decoded", "decodes a dynamic name like a URL", inName(func(name string) string {
		if s, err := url.PathUnescape(name); err == nil {
			return s
		}
		return name
	})},
	{"dynamic.names-lowered", "writes a dynamic name in small letters", inName(strings.ToLower)},
	{"dynamic.events-in-first-child", "sends the events of all children in the one joined first", arriving(func(a *arrivals, c *Crossing) []peer.Frame {
		if list := a.bySession[c.Session]; broadcasted(c) && isDynamic(c) && len(list) > 0 || in(containing(`["message-back"`))(c) && isDynamic(c) {
			c.Data = []byte(strings.Replace(string(c.Data), c.Packet.Namespace, a.bySession[c.Session][0], 1))
		}
		return passed(c)
	})},
	{"dynamic.leaves-siblings", "leaves all children of the parent when a client leaves one", arriving(func(a *arrivals, c *Crossing) []peer.Frame {
		list := passed(c)
		for _, name := range a.bySession[c.Session] {
			if out(message("1"))(c) && name != c.Packet.Namespace {
				f := c.Frame
				f.Data = []byte("41" + peer.Prefix(name))
				list = append(list, f)
			}
		}
		return list
	})},
	{"dynamic.auth-lost", "does not show the application the credentials in a child", credentialsOfDynamic(func(_ *arrivals, _ *Crossing, auth map[string]any) bool {
		clear(auth)
		return true
	})},
	{"dynamic.auth-of-creator", "shows the application in a child the credentials of who created it", func() *peer.Tap {
		first := map[string]map[string]any{}
		return credentialsOfDynamic(func(_ *arrivals, c *Crossing, auth map[string]any) bool {
			name := c.Packet.Namespace
			if first[name] == nil {
				first[name] = map[string]any{"token": auth["token"]}
				return false
			}
			auth["token"] = first[name]["token"]
			return true
		})()
	}},
	{"dynamic.emits-through-parent", "sends to all children what is for one", rework(func(c *Crossing, op operation) operation {
		if op.text("do") != "emit" || op.text("via") == "parent" || op.text("via") == "socket" || !isDynamic(c) {
			return nil
		}
		return op.without("of").with("via", "parent")
	})},

	{"dynamic.middleware-skipped", "does not run the parent's middlewares", credentialsOfDynamic(func(_ *arrivals, _ *Crossing, auth map[string]any) bool {
		return dropMember(auth, "mw")
	})},
	{"dynamic.middleware-first-client-only", "runs the parent's middlewares for the client that creates the child", credentialsOfDynamic(func(a *arrivals, c *Crossing, auth map[string]any) bool {
		return a.byName[c.Packet.Namespace] > 1 && dropMember(auth, "mw")
	})},
	{"dynamic.declared-unguarded", "does not run the parent's middlewares for a child that the server touched first", func() *peer.Tap {
		declared := map[string]bool{}
		return chain(
			doing(func(op operation) operation { declared[op.text("nsp")] = true; return nil }, "declare"),
			credentialsOfDynamic(func(_ *arrivals, c *Crossing, auth map[string]any) bool {
				return declared[c.Packet.Namespace] && dropMember(auth, "mw")
			}),
		)()
	}},
	{"dynamic.declared-unreached", "does not reach through the parent a child that the server touched first", func() *peer.Tap {
		declared := map[string]bool{}
		return chain(
			doing(func(op operation) operation { declared[op.text("nsp")] = true; return nil }, "declare"),
			drop(always(func(c *Crossing) bool { return broadcasted(c) && declared[c.Packet.Namespace] })),
		)()
	}},
	{"dynamic.declared-as-child", "runs a parent's middlewares for a namespace that is not its child", loggedAll(func(entries []any) []any {
		if len(entries) == 0 {
			return entries
		}
		last, _ := entries[len(entries)-1].([]any)
		return append([]any{[]any{"middleware", last[1], 0}}, entries...)
	})},
	{"dynamic.middleware-unrun", "creates children without the parent's middlewares", logged(func(e []any) []any {
		if e[0] == "middleware" {
			return nil
		}
		return e
	})},
	{"dynamic.middleware-last-missing", "does not run the parent's last middleware", logged(func(e []any) []any {
		if e[0] == "middleware" && number(e[2]) == "2" {
			return nil
		}
		return e
	})},
	{"dynamic.middleware-reversed", "runs the parent's middlewares from the last to the first", logged(func(e []any) []any {
		if e[0] == "middleware" {
			e[2] = map[string]int{"0": 2, "1": 1, "2": 0}[number(e[2])]
		}
		return e
	})},
	{"dynamic.middleware-first-child-only", "runs the parent's middlewares for its first child", loggedAll(func(entries []any) []any {
		var first any
		return slices.DeleteFunc(entries, func(v any) bool {
			e, _ := v.([]any)
			if e[0] == "middleware" && first == nil {
				first = e[1]
			}
			return e[0] == "middleware" && e[1] != first
		})
	})},
	{"dynamic.handler-twice", "runs the connection handler twice in a child", loggedAll(func(entries []any) []any {
		var list []any
		for _, v := range entries {
			list = append(list, v)
			if e, _ := v.([]any); e[0] == "connection" {
				list = append(list, v)
			}
		}
		return list
	})},
	{"dynamic.function-unasked", "does not ask the function", logged(func(e []any) []any {
		if e[0] == "decide" {
			return nil
		}
		return e
	})},
	{"dynamic.function-asked-twice", "asks the function twice", loggedAll(func(entries []any) []any {
		var list []any
		for _, v := range entries {
			list = append(list, v)
			if e, _ := v.([]any); e[0] == "decide" {
				list = append(list, v)
			}
		}
		return list
	})},
	{"dynamic.function-logged-again", "asks the function about a namespace that exists, and does not heed it", loggedAll(func(entries []any) []any {
		last, _ := entries[len(entries)-1].([]any)
		return append([]any{[]any{"decide", last[1]}}, entries...)
	})},
	{"dynamic.decision-ignored", "lets in whom the function denies the name", decisionWithout("allow")},
	{"dynamic.error-ignored", "lets in clients when the function fails", decisionWithout("error", "allow")},
	{"dynamic.decision-not-awaited", "does not wait for the function", decisionWithout("ms")},
	{"dynamic.decision-blocks", "handles nothing else of a connection while the function decides", func() *peer.Tap {
		waiting := map[string]int{}
		held := map[string][]peer.Frame{}
		return frames(func(c *Crossing) []peer.Frame {
			if out(message("0"))(c) && tenant(c)["ms"] != nil {
				waiting[c.Session]++
			}
			if c.Direction != wire.In || waiting[c.Session] == 0 {
				return passed(c)
			}
			if !admitted(c) && !denied(c) {
				held[c.Session] = append(held[c.Session], c.Frame)
				return nil
			}
			if waiting[c.Session]--; waiting[c.Session] > 0 {
				return passed(c)
			}
			return append([]peer.Frame{c.Frame}, held[c.Session]...)
		})
	}},
	{"dynamic.gone-kept", "keeps who went while the function decided as a member", replies(func(op operation, value any) any {
		list, _ := value.([]any)
		if op.text("room") != "" {
			return list
		}
		return append(list, "zzzzzzzz-gone")
	}, "members")},
	{"dynamic.listed-twice", "creates a child once for each client that asked at the same time", replies(func(_ operation, value any) any {
		list, _ := value.([]any)
		return append(list, list...)
	}, "namespaces")},

	{"dynamic.parent-is-child", "sends to the socket's own child what goes through the parent", throughParent(func(_ *arrivals, _ *Crossing, op operation) operation {
		return op.with("via", "nsp")
	})},
	{"dynamic.parent-unheard", "sends nothing that goes through the parent", throughParent(func(*arrivals, *Crossing, operation) operation { return nothing() })},
	{"dynamic.parent-everywhere", "sends to namespaces that are no children what goes through the parent", throughParent(func(_ *arrivals, _ *Crossing, op operation) operation {
		return several(op, op.with("via", "nsp").with("of", "/"), op.with("via", "nsp").with("of", "/orders"))
	})},
	{"dynamic.parent-drops-flags", "sends through the parent without the flags", throughParent(func(_ *arrivals, _ *Crossing, op operation) operation {
		if op["flags"] == nil {
			return nil
		}
		return op.without("flags")
	})},
	{"dynamic.parent-drops-rooms", "sends to everybody in the children what is for their rooms", throughParent(func(_ *arrivals, _ *Crossing, op operation) operation {
		return op.aimed(nil)
	})},
	{"dynamic.parent-later-children-all", "sends to the room in the first child and to everybody in the others", throughParent(func(a *arrivals, c *Crossing, op operation) operation {
		ops := []operation{op.with("via", "nsp")}
		for _, name := range a.names {
			if name != c.Packet.Namespace {
				ops = append(ops, op.aimed(nil).with("via", "nsp").with("of", name))
			}
		}
		return several(ops...)
	})},
	{"dynamic.parent-remembers-children", "sends through the parent to the children that were there the first time", func() *peer.Tap {
		var names []string
		return throughParent(func(a *arrivals, _ *Crossing, op operation) operation {
			if names == nil {
				names = slices.Clone(a.names)
			}
			var ops []operation
			for _, name := range names {
				ops = append(ops, op.with("via", "nsp").with("of", name))
			}
			return several(ops...)
		})()
	}},
	{"dynamic.parents-are-one", "sends to the children of all parents what goes through one", throughParent(func(a *arrivals, _ *Crossing, op operation) operation {
		var ops []operation
		for _, name := range a.names {
			ops = append(ops, op.with("via", "nsp").with("of", name))
		}
		return several(ops...)
	})},
	{"dynamic.parent-once-a-connection", "sends what goes through the parent once to each connection", func() *peer.Tap {
		seen := map[string]bool{}
		return drop(always(func(c *Crossing) bool {
			key := c.Session + string(c.Packet.Data)
			again := broadcasted(c) && seen[key]
			seen[key] = true
			return again
		}))()
	}},
}

// isDynamic matches packets of the conformance app's dynamic namespaces.
func isDynamic(c *Crossing) bool {
	name := strings.ToLower(c.Packet.Namespace)
	return c.Packet.Engine == '4' && (strings.Contains(name, "dynamic") || strings.HasPrefix(name, "/tenant-") || strings.HasPrefix(name, "/_"))
}

func admitted(c *Crossing) bool { return in(message("0"), isDynamic)(c) }

func denied(c *Crossing) bool { return in(message("4"), isDynamic)(c) }

func invalidNamespace(c *Crossing) string {
	return "44" + peer.Prefix(c.Packet.Namespace) + `{"message":"Invalid namespace"}`
}

func invalidNamespaceBytes(c *Crossing) []byte { return []byte(invalidNamespace(c)) }

// admitting lets in whoever is refused a name with that text in it.
func admitting(text string) func() *peer.Tap {
	return alter(always(in(message("4"), func(c *Crossing) bool { return strings.Contains(c.Packet.Namespace, text) })), func(c *Crossing) []byte {
		return []byte("40" + peer.Prefix(c.Packet.Namespace) + `{"sid":"made-up"}`)
	})
}

// arrivals is what a tap has seen of who asked for which dynamic namespaces, the packet at hand included.
type arrivals struct {
	names     []string
	byName    map[string]int
	bySession map[string][]string
	left      map[string]bool
	denied    map[string]bool
}

// arriving makes a fault that knows who asked for which dynamic namespaces.
func arriving(f func(a *arrivals, c *Crossing) []peer.Frame) func() *peer.Tap {
	return func() *peer.Tap {
		a := &arrivals{byName: map[string]int{}, bySession: map[string][]string{}, left: map[string]bool{}, denied: map[string]bool{}}
		return frames(func(c *Crossing) []peer.Frame {
			name := c.Packet.Namespace
			switch {
			case out(message("0"), isDynamic)(c):
				a.byName[name]++
				if !slices.Contains(a.names, name) {
					a.names = append(a.names, name)
				}
				if !slices.Contains(a.bySession[c.Session], name) {
					a.bySession[c.Session] = append(a.bySession[c.Session], name)
				}
			case out(message("1"), isDynamic)(c):
				a.left[name] = true
			case denied(c):
				a.denied[name] = true
			}
			return f(a, c)
		})
	}
}

// refusing refuses a CONNECT for a dynamic namespace where refuse says so.
func refusing(refuse func(a *arrivals, c *Crossing) bool) func() *peer.Tap {
	return arriving(func(a *arrivals, c *Crossing) []peer.Frame {
		if out(message("0"), isDynamic)(c) && refuse(a, c) {
			return []peer.Frame{incoming(c, invalidNamespace(c))}
		}
		return passed(c)
	})
}

// mapped makes the target see another dynamic name than the one that is asked for.
func mapped(f func(a *arrivals, session, name string) string) func() *peer.Tap {
	return arriving(func(a *arrivals, c *Crossing) []peer.Frame {
		switch name := c.Packet.Namespace; {
		case out(isDynamic)(c):
			c.Data = []byte(strings.Replace(string(c.Data), name, f(a, c.Session, name), 1))
		case in(isDynamic)(c):
			for _, own := range a.bySession[c.Session] {
				if f(a, c.Session, own) == name {
					c.Data = []byte(strings.Replace(string(c.Data), name, own, 1))
				}
			}
		}
		return passed(c)
	})
}

// inName changes the dynamic names that the target sends.
func inName(f func(name string) string) func() *peer.Tap {
	return alter(always(in(isDynamic)), func(c *Crossing) []byte {
		return []byte(strings.Replace(string(c.Data), c.Packet.Namespace+",", f(c.Packet.Namespace)+",", 1))
	})
}

// credentialsOfDynamic changes the credentials of a CONNECT for a dynamic namespace.
func credentialsOfDynamic(f func(a *arrivals, c *Crossing, auth map[string]any) bool) func() *peer.Tap {
	return arriving(func(a *arrivals, c *Crossing) []peer.Frame {
		auth := map[string]any{}
		if out(message("0"), isDynamic)(c) && (c.Packet.Data == nil || decode(c.Packet.Data, &auth)) && f(a, c, auth) {
			c.Data = append([]byte("40"+peer.Prefix(c.Packet.Namespace)), encode(auth)...)
		}
		return passed(c)
	})
}

func dropMember(m map[string]any, name string) bool {
	_, ok := m[name]
	delete(m, name)
	return ok
}

// tenant returns what a CONNECT tells the function.
func tenant(c *Crossing) map[string]any {
	auth := map[string]any{}
	if !decode(c.Packet.Data, &auth) {
		return nil
	}
	t, _ := auth["tenant"].(map[string]any)
	return t
}

// decisionWithout drops members of what a CONNECT tells the function.
func decisionWithout(members ...string) func() *peer.Tap {
	return credentialsOfDynamic(func(_ *arrivals, _ *Crossing, auth map[string]any) bool {
		t, _ := auth["tenant"].(map[string]any)
		found := false
		for _, m := range members {
			found = dropMember(t, m) || found
		}
		return found
	})
}

// throughParent changes events that are sent through the parent.
func throughParent(f func(a *arrivals, c *Crossing, op operation) operation) func() *peer.Tap {
	return arriving(func(a *arrivals, c *Crossing) []peer.Frame {
		op, ok := operationIn(c)
		if !ok {
			return passed(c)
		}
		changed := reworked(c, op, func(c *Crossing, op operation) operation {
			if op.text("via") != "parent" {
				return nil
			}
			return f(a, c, op)
		})
		if changed != nil {
			withData(c, []any{"op", changed})
		}
		return passed(c)
	})
}

// loggedAll changes the log as a whole.
func loggedAll(f func(entries []any) []any) func() *peer.Tap {
	return replies(func(_ operation, value any) any {
		entries, _ := value.([]any)
		return f(entries)
	}, "log")
}

// number returns a JSON number as it stands.
func number(v any) string {
	s, _ := v.(interface{ String() string })
	if s == nil {
		return ""
	}
	return s.String()
}
