package fault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// namespaceFaults are the faults about joining and leaving namespaces, and about several of them on one connection.
var namespaceFaults = slices.Concat(connectFaults, credentialFaults, namingFaults, connectErrorFaults, orderFaults, disconnectFaults, multiplexFaults, lifecycleFaults)

// connectFaults are about the answer to a CONNECT.
var connectFaults = []Fault{
	{"connect.unanswered", "does not answer a CONNECT", drop(always(in(message("0"))))},
	{"connect.custom-unanswered", "does not answer a CONNECT for a custom namespace", drop(always(in(message("0"), not(namespace("/")))))},
	{"connect.without-sid", "answers a CONNECT without a socket id", replace(always(in(message("0"))), `"sid"`, `"id"`)},
	{"connect.sid-empty", "answers a CONNECT with an empty socket id", alter(always(in(message("0"))), func(c *Crossing) []byte {
		return connectAnswer(c.Packet.Namespace, "")
	})},
	{"connect.twice-answered", "answers a CONNECT twice", duplicate(always(in(message("0"))))},
	{"connect.answered-in-main", "answers every CONNECT in the main namespace", alter(always(in(message("0"))), func(c *Crossing) []byte {
		return append([]byte("40"), c.Packet.Data...)
	})},
	{"connect.answered-late", "sends the events of the connection handler before the answer to the CONNECT", swap(always(in(message("0"))))},
	{"connect.unasked", "lets clients into the main namespace that have not asked", after(always(in(engine("0"))), `40{"sid":"made-up"}`)},
	{"connect.main-implied", "lets clients of a custom namespace into the main namespace too", after(always(in(message("0"), not(namespace("/")))), `40{"sid":"made-up"}`)},
	{"connect.object-unread", "does not take a CONNECT with an empty object", drop(always(out(message("0"), containing("{}"))))},
	{"connect.comma-required", "does not take a CONNECT whose namespace no comma follows", drop(always(out(message("0"), withoutComma)))},
	{"connect.comma-required-closes", "closes the connection on a CONNECT whose namespace no comma follows", hangUp(always(out(message("0"), withoutComma)))},
	{"connect.comma-is-main", "takes a CONNECT whose namespace no comma follows for one of the main namespace", alter(always(out(message("0"), withoutComma)), func(*Crossing) []byte {
		return []byte("40")
	})},
	{"connect.sid-shared", "gives a client the same socket id in all namespaces", sids(func(c *Crossing, _ string) string { return c.Session })},
	{"connect.sid-engine", "takes the id of the Engine.IO session for the socket id", sids(func(_ *Crossing, session string) string { return session })},
	{"connect.sid-constant", "gives all clients of a namespace the same socket id", sids(func(c *Crossing, _ string) string { return c.Packet.Namespace })},
	{"connect.sid-counted", "counts the socket ids", countedIDs},
	{"connect.sid-reused", "gives a client the same socket id when it joins again", sids(func(c *Crossing, _ string) string { return c.Session + c.Packet.Namespace })},
	{"connect.sid-unknown", "announces another socket id than the application knows", sids(func(c *Crossing, _ string) string { return c.Session + " made up for " + c.Packet.Namespace })},
	{"connect.main-unknown", "has no main namespace", alter(always(in(message("0"), namespace("/"))), func(*Crossing) []byte {
		return []byte(`44{"message":"Invalid namespace"}`)
	})},
	{"connect.events-close", "closes the connection on an event in a joined namespace", hangUp(always(out(message("2"))))},
	{"connect.events-deafen", "takes no notice of a connection that has sent an event", deafen(always(out(message("2"))))},
	{"connect.greeting-lost", "loses the events that the connection handler sends", drop(always(in(message("2"), containing(`["auth",`))))},
	{"connect.deaf-events", "does not hand events of a custom namespace to the application", drop(always(out(message("2"), not(namespace("/")))))},
}

// notFirst matches all packets but the first for which m is true.
func notFirst(m Match) Match {
	seen := false
	return func(c *Crossing) bool {
		if !m(c) {
			return false
		}
		before := seen
		seen = true
		return before
	}
}

// everything matches every packet.
func everything(*Crossing) bool { return true }

// connectAnswer returns a CONNECT that lets the client in.
func connectAnswer(name, sid string) []byte {
	return fmt.Appendf(nil, `40%s{"sid":%q}`, peer.Prefix(name), sid)
}

// withoutComma matches packets whose namespace reaches to their end.
func withoutComma(c *Crossing) bool {
	return c.Packet.Namespace != "/" && strings.HasSuffix(string(c.Data), c.Packet.Namespace)
}

// sids makes a fault that announces other socket ids. f gets the CONNECT and the id of the Engine.IO session.
func sids(f func(c *Crossing, session string) string) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		engineID := map[string]string{}
		return func(c *Crossing) []peer.Frame {
			switch {
			case in(engine("0"))(c):
				engineID[c.Session] = textMember(c.Packet.Body, "sid")
			case in(message("0"))(c):
				c.Data = connectAnswer(c.Packet.Namespace, f(c, engineID[c.Session]))
			}
			return passed(c)
		}
	})
}

// countedIDs gives every socket the next number for an id.
func countedIDs() *peer.Tap {
	var n atomic.Int64
	return sids(func(*Crossing, string) string { return fmt.Sprintf("socket-%06d", n.Add(1)) })()
}

// credentialFaults are about what the application sees of a CONNECT.
var credentialFaults = []Fault{
	{"connect.auth-lost", "does not hand the credentials of a CONNECT to the application", alter(always(out(message("0"))), func(c *Crossing) []byte {
		return []byte("40" + peer.Prefix(c.Packet.Namespace))
	})},
	{"connect.auth-lost-custom", "hands the credentials to the application in the main namespace only", alter(always(out(message("0"), not(namespace("/")))), func(c *Crossing) []byte {
		return []byte("40" + peer.Prefix(c.Packet.Namespace))
	})},
	{"connect.auth-null", "shows the application null where there are no credentials", replace(always(in(message("2"), containing(`["auth",{}]`))), "{}", "null")},
	{"connect.auth-inherited", "takes the credentials of an earlier namespace where there are none", inheritedCredentials},
	{"connect.auth-first", "takes the credentials of the first namespace for all of the connection", keptCredentials(func(c *Crossing) string { return c.Session })},
	{"connect.auth-kept", "takes the credentials of the first time when a namespace is joined again", keptCredentials(func(c *Crossing) string { return c.Session + c.Packet.Namespace })},
	{"connect.auth-of-others", "takes the credentials of another client", keptCredentials(func(c *Crossing) string { return c.Packet.Namespace })},
	{"connect.auth-mangled", "reads the credentials as something else than UTF-8", replace(always(in(message("2"), containing(`["auth",`))), "é", "Ã©")},
	{"connect.auth-last", "remembers only the credentials of the last namespace of a connection", lastCredentials},
	{"connect.query-main-only", "shows the application the query of the handshake in the main namespace only", member("info", "query", plainly(mainOnly))},
	{"connect.headers-main-only", "shows the application the headers of the handshake in the main namespace only", member("info", "headers", plainly(mainOnly))},
}

// keptCredentials makes a fault that takes the credentials of the first CONNECT for those of all with the same key.
func keptCredentials(key func(c *Crossing) string) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		first := map[string][]byte{}
		return func(c *Crossing) []peer.Frame {
			if !out(message("0"))(c) {
				return passed(c)
			}
			if data, ok := first[key(c)]; ok {
				c.Data = append([]byte("40"+peer.Prefix(c.Packet.Namespace)), data...)
			} else {
				first[key(c)] = bytes.Clone(c.Packet.Data)
			}
			return passed(c)
		}
	})
}

// inheritedCredentials takes the last credentials of a session for those of a CONNECT without any.
func inheritedCredentials() *peer.Tap {
	last := map[string][]byte{}
	return frames(func(c *Crossing) []peer.Frame {
		switch {
		case !out(message("0"))(c):
		case c.Packet.Data != nil:
			last[c.Session] = bytes.Clone(c.Packet.Data)
		default:
			c.Data = append(c.Data, last[c.Session]...)
		}
		return passed(c)
	})
}

// lastCredentials shows the application the credentials of the session's last CONNECT in all of its namespaces.
func lastCredentials() *peer.Tap {
	a, last := opsAsked{}, map[string]any{}
	return frames(func(c *Crossing) []peer.Frame {
		if out(message("0"))(c) {
			var credentials any
			if json.Unmarshal(c.Packet.Data, &credentials) == nil {
				last[c.Session] = credentials
			}
		}
		if a.reply(c, "info") {
			c.Data = reworded(c, func(value any) any {
				if object, ok := value.(map[string]any); ok {
					object["auth"] = last[c.Session]
				}
				return value
			})
		}
		return passed(c)
	})
}

// mainOnly keeps a value in the main namespace and empties it in others.
func mainOnly(c *Crossing, value any) any {
	if c.Packet.Namespace == "/" {
		return value
	}
	return map[string]any{}
}

// namingFaults are about which name means which namespace.
var namingFaults = []Fault{
	{"connect.unknown-accepted", "lets clients into namespaces that do not exist", alter(always(in(message("4"))), func(c *Crossing) []byte {
		return connectAnswer(c.Packet.Namespace, "made-up")
	})},
	{"connect.unknown-created", "creates a namespace when a client asks for it the second time", alter(func() Match { return nth(2, in(message("4"))) }, func(c *Crossing) []byte {
		return connectAnswer(c.Packet.Namespace, "made-up")
	})},
	{"connect.unknown-listed", "keeps a namespace that it has refused", appended("namespaces", everything, "/sio-conform-unknown")},
	{"connect.declared-bare-lost", "takes no notice of the declaration of a namespace without a slash", doing(func(op operation) operation {
		if strings.HasPrefix(op.text("nsp"), "/") {
			return nil
		}
		return nothing()
	}, "declare")},
	{"connect.refused-for-good", "refuses a namespace that it has refused once", refusedForGood},
	{"connect.case-folded", "takes names that differ in case for the same", takenFor(strings.ToLower)},
	{"connect.slash-folded", "takes no notice of a slash at the end of a name", takenFor(func(name string) string { return "/" + strings.Trim(name, "/") })},
	{"connect.prefix-matched", "takes a namespace for another whose name begins the same", takenFor(func(name string) string {
		if strings.HasPrefix(name, "/custom") || strings.HasPrefix("/custom", name) && name != "/" {
			return "/custom"
		}
		return name
	})},
	{"connect.query-stripped", "drops a question mark and what follows it from a name", takenFor(func(name string) string {
		name, _, _ = strings.Cut(name, "?")
		return name
	})},
	{"connect.name-decoded", "takes a name for percent-encoded", takenFor(func(name string) string { return strings.ReplaceAll(name, "%6F", "o") })},
	{"connect.path-cleaned", "takes a name for a path with dots to be followed", takenFor(func(name string) string {
		if i := strings.LastIndex(name, "/.."); i >= 0 {
			return name[i+3:]
		}
		return name
	})},
	{"connect.space-trimmed", "trims spaces from a name", takenFor(strings.TrimSpace)},
	{"connect.prototype-accepted", "takes members of a prototype for namespaces", change(always(in(message("4"))), func(c *Crossing) []peer.Frame {
		if !slices.Contains([]string{"/constructor", "/toString", "/hasOwnProperty", "/__proto__"}, c.Packet.Namespace) {
			return passed(c)
		}
		return []peer.Frame{incoming(c, string(connectAnswer(c.Packet.Namespace, "made-up")))}
	})},
	{"connect.prototype-unanswered", "does not answer a CONNECT that names a member of a prototype", drop(always(in(message("4"), namespace("/__proto__"))))},
}

// refusedForGood refuses a client what it was refused before.
func refusedForGood() *peer.Tap {
	refusal := map[string][]byte{} // by session and namespace
	return frames(func(c *Crossing) []peer.Frame {
		key := c.Session + c.Packet.Namespace
		switch {
		case in(message("4"))(c):
			refusal[key] = bytes.Clone(c.Data)
		case in(message("0"))(c) && refusal[key] != nil:
			c.Data = refusal[key]
		}
		return passed(c)
	})
}

// connectErrorFaults are about the answer to a CONNECT that is refused.
var connectErrorFaults = []Fault{
	{"connect-error.dropped", "does not answer a CONNECT that it refuses", drop(always(in(message("4"))))},
	{"connect-error.twice", "answers a CONNECT that it refuses twice", duplicate(always(in(message("4"))))},
	{"connect-error.first-only", "answers only the first CONNECT of a connection that it refuses", drop(func() Match { return notFirst(in(message("4"))) })},
	{"connect-error.message-lost", "refuses without a message", alter(always(in(message("4"))), func(c *Crossing) []byte {
		return []byte("44" + peer.Prefix(c.Packet.Namespace) + "{}")
	})},
	{"connect-error.text", "refuses with a text in place of an object, as protocol revision 4 has it", alter(always(in(message("4"))), func(c *Crossing) []byte {
		return fmt.Appendf(nil, "44%s%q", peer.Prefix(c.Packet.Namespace), textMember(c.Packet.Data, "message"))
	})},
	{"connect-error.in-main", "answers a refused CONNECT in the main namespace", alter(always(in(message("4"))), func(c *Crossing) []byte {
		return append([]byte("44"), c.Packet.Data...)
	})},
	{"connect-error.as-disconnect", "refuses with a DISCONNECT", alter(always(in(message("4"))), func(c *Crossing) []byte {
		return []byte("41" + peer.Prefix(c.Packet.Namespace))
	})},
	{"connect-error.closes", "closes the connection of whom it refuses", hangUp(always(in(message("4"))))},
	{"connect-error.deafens", "takes no notice of a connection that it has refused a namespace", deafen(always(in(message("4"))))},
	{"connect-error.leaves-others", "takes a client that it refuses out of the other namespaces", change(always(in(message("4"))), func(c *Crossing) []peer.Frame {
		list := passed(c)
		for _, name := range []string{"/", "/custom", "/orders", "/users"} {
			if name != c.Packet.Namespace {
				list = append(list, outgoing(c, "41"+peer.Prefix(name)))
			}
		}
		return list
	})},
}
