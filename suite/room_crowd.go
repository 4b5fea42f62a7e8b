package suite

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A crowd is the sockets of a scenario about rooms. It shows for each event that is sent whom it reaches: each of these once and unchanged, and nobody else.
type crowd struct {
	main  *peer.Peer
	peers []*peer.Peer
	all   []*attendee
	sent  int
	rooms []string
}

// An attendee is a peer in a namespace. It knows the rooms that it has joined, the one named by its id among them.
type attendee struct {
	*peer.Peer
	nsp   string
	sid   string
	rooms map[string]bool
}

func newCrowd(p *peer.Peer) *crowd { return &crowd{main: p} }

// freshName returns a name that begins with prefix and that no other execution uses.
func freshName(p *peer.Peer, prefix string) string { return fmt.Sprintf("%s-%x", prefix, p.Unique()) }

// room returns the name of a room that nobody else uses.
func (c *crowd) room(prefix string) string {
	name := freshName(c.main, prefix)
	c.rooms = append(c.rooms, name)
	return name
}

// enter joins the namespace and the rooms.
func (c *crowd) enter(p *peer.Peer, nsp string, rooms ...string) *attendee {
	return c.entered(p, nsp, p.Connect(nsp), rooms)
}

// enterWith joins the namespace with credentials.
func (c *crowd) enterWith(p *peer.Peer, nsp string, auth any) *attendee {
	return c.entered(p, nsp, p.Connect(nsp, auth), nil)
}

func (c *crowd) entered(p *peer.Peer, nsp, sid string, rooms []string) *attendee {
	a := &attendee{Peer: p, nsp: nsp, sid: sid, rooms: map[string]bool{sid: true}}
	c.all = append(c.all, a)
	if !slices.Contains(c.peers, p) {
		c.peers = append(c.peers, p)
	}
	if len(rooms) > 0 {
		a.join(rooms...)
	}
	return a
}

// dismiss takes a peer out of the crowd whose session is about to end.
func (c *crowd) dismiss(p *peer.Peer) {
	c.peers = slices.DeleteFunc(c.peers, func(q *peer.Peer) bool { return q == p })
	c.all = slices.DeleteFunc(c.all, func(a *attendee) bool { return a.Peer == p })
}

func (a *attendee) join(rooms ...string) {
	a.Join(a.nsp, rooms...)
	for _, r := range rooms {
		a.rooms[r] = true
	}
}

func (a *attendee) leave(room string) {
	a.LeaveRoom(a.nsp, room)
	delete(a.rooms, room)
}

// batch carries operations out in one turn.
func (a *attendee) batch(ops ...peer.Op) {
	a.Op(a.nsp, peer.Op{"do": "batch", "ops": ops})
}

// wait makes a round trip that takes at least so many milliseconds at the target.
func (a *attendee) wait(ms int) {
	a.Op(a.nsp, peer.Op{"do": "ack", "args": []any{map[string]any{"ok": nil}}, "wait": ms})
}

func (a *attendee) roomsJSON(rooms ...string) string {
	for r := range a.rooms {
		rooms = append(rooms, r)
	}
	slices.Sort(rooms)
	return peer.JSON(slices.Compact(rooms))
}

// wantRooms shows that the socket is in these rooms and in that of its own id.
func (a *attendee) wantRooms(rooms ...string) {
	a.WantOp(a.nsp, peer.Op{"do": "rooms"}, peer.JSON(slices.Sorted(slices.Values(append(slices.Clone(rooms), a.sid)))))
}

// wantMembers shows who is in a room of the asker's namespace, or in the namespace when the room is "".
func (c *crowd) wantMembers(asker *attendee, room string, members ...*attendee) {
	asker.WantOp(asker.nsp, membersOf(room), peer.JSON(idsOf(members)))
}

func membersOf(room string) peer.Op {
	op := peer.Op{"do": "members"}
	if room != "" {
		op["room"] = room
	}
	return op
}

// idsOf returns the ids of the sockets, sorted.
func idsOf(list []*attendee) []string {
	ids := []string{}
	for _, a := range list {
		ids = append(ids, a.sid)
	}
	slices.Sort(ids)
	return ids
}

// awaitMembers is wantMembers for what the target learns in its own time: it asks again until it is so, or the patience is over.
func (c *crowd) awaitMembers(asker *attendee, room string, members ...*attendee) {
	c.moved(asker, room, members...)
	c.wantMembers(asker, room, members...)
}

// moved gives the target time to move sockets in or out of a room, which it may do after it has replied. Whether they are there is for the scenario to show.
func (c *crowd) moved(asker *attendee, room string, members ...*attendee) {
	for end := time.Now().Add(asker.Patience()); time.Now().Before(end); asker.wait(20) {
		var ids []string
		if asker.OpInto(asker.nsp, membersOf(room), &ids); slices.Equal(ids, idsOf(members)) {
			return
		}
	}
}

// emit lets a socket send an event and shows that it reaches these attendees and nobody else.
func (c *crowd) emit(from *attendee, o operatorCall, to ...*attendee) {
	c.cast(from, o, to...)
	c.settle(fmt.Sprintf("%s by %s", c.describe(o), from.Name()))
}

// cast is emit without the proof that the event reaches nobody else.
func (c *crowd) cast(from *attendee, o operatorCall, to ...*attendee) {
	c.sent++
	what := fmt.Sprintf("%s by %s", c.describe(o), from.Name())
	args := []any{"news", c.sent, what}
	from.Op(from.nsp, o.send(args...))
	for _, q := range c.peers {
		if events := eventsFor(q, args, to); len(events) > 0 {
			q.About(what, func() { q.WantAnyOrder(events...) })
		}
	}
	if len(to) == 0 {
		c.pass(from)
	}
}

// pass waits until an event that reaches nobody cannot reach anybody any more. An adapter may send events in its own time, to whom is a member then, but in order: another event, from the sender to
// itself, comes behind it.
func (c *crowd) pass(from *attendee) {
	from.Op(from.nsp, through("nsp").to(from.sid).send("passed", c.sent))
	from.WantAmong("42" + peer.Prefix(from.nsp) + peer.JSON([]any{"passed", c.sent}))
}

// eventsFor returns the packets in which a peer gets an event, one for each of its sockets among the attendees.
func eventsFor(q *peer.Peer, args []any, to []*attendee) []string {
	var events []string
	for _, a := range to {
		if a.Peer == q {
			events = append(events, "42"+peer.Prefix(a.nsp)+peer.JSON(args))
		}
	}
	return events
}

// settle shows that nobody in the crowd has got anything more.
func (c *crowd) settle(what string) {
	for _, q := range c.peers {
		q.About(what+": "+q.Name(), q.WantNothing)
	}
}

// describe returns an operator with short names for ids and rooms.
func (c *crowd) describe(o operatorCall) string {
	text := o.String()
	for _, a := range c.all {
		text = strings.ReplaceAll(text, a.sid, "id of "+a.Name())
	}
	for _, r := range c.rooms {
		short, _, _ := strings.Cut(r, "-")
		text = strings.ReplaceAll(text, r, short)
	}
	return text
}

// reach is the model: whom an event reaches that from sends.
func (c *crowd) reach(from *attendee, o operatorCall) []*attendee {
	nsp := from.nsp
	switch {
	case o.via == "server":
		nsp = "/"
	case o.namespace != "":
		nsp = o.namespace
	}
	in := func(rooms []string, a *attendee) bool {
		return slices.ContainsFunc(rooms, func(r string) bool { return a.rooms[r] })
	}
	targets := slices.Concat(o.rooms, o.alias)
	var reached []*attendee
	for _, a := range c.all {
		if a.nsp == nsp && (len(targets) == 0 || in(targets, a)) && !in(o.excluded, a) && (o.via != "broadcast" || a != from) {
			reached = append(reached, a)
		}
	}
	return reached
}

// An operatorCall is an operator of the conformance app: through("nsp").to("r").except("x").
type operatorCall struct {
	via, namespace         string
	rooms, alias, excluded []string
	flags                  []string
	dropped                *operatorCall
}

func through(via string) operatorCall { return operatorCall{via: via} }

func (o operatorCall) of(namespace string) operatorCall { o.namespace = namespace; return o }

func (o operatorCall) to(rooms ...string) operatorCall {
	o.rooms = slices.Concat(o.rooms, rooms)
	return o
}

func (o operatorCall) in(rooms ...string) operatorCall {
	o.alias = slices.Concat(o.alias, rooms)
	return o
}

func (o operatorCall) except(rooms ...string) operatorCall {
	o.excluded = slices.Concat(o.excluded, rooms)
	return o
}

func (o operatorCall) with(flags ...string) operatorCall {
	o.flags = slices.Concat(o.flags, flags)
	return o
}

// discard derives an operator with the rooms of d and drops it.
func (o operatorCall) discard(d operatorCall) operatorCall { o.dropped = &d; return o }

// send returns the operation that sends an event.
func (o operatorCall) send(args ...any) peer.Op {
	op := o.matching()
	op["do"], op["via"], op["args"] = "emit", o.via, args
	if o.namespace != "" {
		op["of"] = o.namespace
	}
	if o.flags != nil {
		op["flags"] = o.flags
	}
	if o.dropped != nil {
		op["discard"] = o.dropped.matching()
	}
	return op
}

func (o operatorCall) matching() peer.Op {
	op := peer.Op{}
	for member, rooms := range map[string][]string{"to": o.rooms, "in": o.alias, "except": o.excluded} {
		if rooms != nil {
			op[member] = rooms
		}
	}
	return op
}

func (o operatorCall) String() string {
	var text strings.Builder
	text.WriteString(o.via)
	if o.namespace != "" {
		text.WriteString("(" + o.namespace + ")")
	}
	add := func(name string, rooms []string) {
		for _, r := range rooms {
			text.WriteString("." + name + "(" + r + ")")
		}
	}
	add("to", o.rooms)
	add("in", o.alias)
	add("except", o.excluded)
	for _, f := range o.flags {
		text.WriteString("." + f)
	}
	if o.dropped != nil {
		text.WriteString(", beside" + strings.TrimPrefix(o.dropped.String(), o.dropped.via))
	}
	return text.String()
}

// A scriptStep is one step of a scripted middleware.
type scriptStep map[string]any

// scripted returns credentials with a script for the first middleware.
func scripted(steps ...scriptStep) map[string]any {
	return map[string]any{"mw": [][]scriptStep{steps}}
}

// awaitEntries waits until the log has an entry that begins with last, or the patience is over, and returns those that begin with prefix.
func awaitEntries(p *peer.Peer, nsp, tag, last, prefix string) []string {
	begins := func(with string) func(string) bool { return func(e string) bool { return strings.HasPrefix(e, with) } }
	log := p.Log(nsp, tag)
	for end := time.Now().Add(p.Patience()); !slices.ContainsFunc(log, begins(last)) && time.Now().Before(end); {
		log = p.Log(nsp, tag)
	}
	return slices.DeleteFunc(log, func(e string) bool { return !begins(prefix)(e) })
}

// wantEntries compares entries of the target's log with patterns. In revision 4, where everybody joins the main namespace, its entries do not count.
func wantEntries(p *peer.Peer, entries []string, patterns ...string) {
	if p.Config().Revision == wire.Revision4 {
		entries = slices.DeleteFunc(slices.Clone(entries), func(e string) bool { return strings.Contains(e, `,"/"`) })
	}
	got := "[" + strings.Join(entries, ",") + "]"
	want := "[" + strings.Join(patterns, ",") + "]"
	p.WantJSON("the log entries", want, []byte(got))
}
