package server

import (
	"encoding/json"
	"maps"
	"net/url"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// waits reports whether a member has to wait for the main namespace before its
// middlewares are asked, and notes it. In revision 4 every client joins the main
// namespace first, of its own accord or not.
func (c *conn) waits(m *member) bool {
	if c.revision != sio.Revision4 || c.main || m.name == "/" {
		return false
	}
	c.waiting = append(c.waiting, m)
	return true
}

// mainJoined lets those go on that waited for the main namespace. That the
// client leaves it later changes nothing for other namespaces.
func (c *conn) mainJoined() {
	waiting := c.waiting
	c.main, c.waiting = true, nil
	for _, m := range waiting {
		c.examine(m)
	}
}

// repeat takes another CONNECT of revision 4 for a namespace that was asked for.
// A client that gives a socket up before it hears of the answer says nothing,
// and asks again when it changes its mind. Each CONNECT has its answer, as with
// Socket.IO 2.5.1, which makes a socket of each too.
func (c *conn) repeat(m *member) {
	if m.stage == joined {
		c.session.Send(m.admission())
	} else {
		m.repeats++
	}
}

// newSocketID returns the id of a new socket. A client of revision 4 is not told
// and works it out from the id of its session.
func (m *member) newSocketID() string {
	switch id := m.conn.session.ID(); {
	case m.conn.revision != sio.Revision4:
		return newID()
	case m.name == "/":
		return id
	default:
		return m.name + "#" + id
	}
}

// refusal4 returns the payload of ERROR for what asError returned: the data,
// unless it is what JavaScript takes for false, or else the message.
func refusal4(err *Error) []byte {
	if data, _ := marshal(err.Data); !falsy(data) { // the data is JSON already
		return data
	}
	message, _ := marshal(err.Message) // a string always has a JSON form
	return message
}

// falsy reports whether JavaScript takes a JSON value for false.
func falsy(data []byte) bool {
	var number float64
	switch string(data) {
	case "null", "false", `""`:
		return true
	default:
		return json.Unmarshal(data, &number) == nil && number == 0
	}
}

// of4 is of for revision 4.
func (h Handshake) of4(connect sio.Packet) Handshake {
	own, _ := url.ParseQuery(connect.Query) // what is malformed is left out, as in the query of a URL
	merged := maps.Clone(h.Query)
	maps.Copy(merged, own)
	h.Query = merged
	if connect.Namespace == "/" {
		own = merged
	}
	h.Auth = object(own)
	return h
}

// object returns a query as JSON: an object of strings, and of arrays for
// parameters that are repeated.
func object(query url.Values) json.RawMessage {
	members := map[string]any{}
	for name, values := range query {
		members[name] = values
		if len(values) == 1 {
			members[name] = values[0]
		}
	}
	data, _ := marshal(members) // strings always have a JSON form
	return data
}
