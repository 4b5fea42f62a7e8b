package live

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// A generator makes the steps of one case, each in view of what the model says by then.
type generator struct {
	w      *world
	r      *rand.Rand
	rooms  []string
	spaces []string // namespaces
	mutant *mutator
	blobs  int
}

// The namespaces in which the bystander is.
var watched = []string{"/", "/custom", "/orders"}

// newGenerator returns the generator of the case with that number. Rooms have names of its own, so that nobody is left in them from before.
func newGenerator(w *world, r *rand.Rand, number int, m *mutator) *generator {
	g := &generator{w: w, r: r, mutant: m, spaces: slices.Clone(watched)}
	for _, letter := range []string{"a", "b", "c"} {
		g.rooms = append(g.rooms, fmt.Sprintf("%s%d", letter, number))
	}
	if w.offers("middleware") {
		g.spaces = append(g.spaces, guarded)
	}
	if w.offers("dynamic.pattern") {
		g.spaces = append(g.spaces, "/dynamic-1", "/dynamic-2")
	}
	return g
}

// A choice is a kind of step and how often it is taken, compared with others.
type choice struct {
	weight int
	make   func(g *generator) *Step
}

var choices = []choice{
	{10, (*generator).open},
	{24, (*generator).connect},
	{5, (*generator).leave},
	{22, (*generator).join},
	{8, (*generator).leaveRoom},
	{34, (*generator).emit},
	{10, (*generator).ask},
	{6, (*generator).cross},
	{6, (*generator).askRoom},
	{8, (*generator).message},
	{8, (*generator).call},
	{4, (*generator).reply},
	{4, func(g *generator) *Step { return g.of(Kick) }},
	{2, func(g *generator) *Step { return g.of(Close) }},
	{8, (*generator).move},
	{3, (*generator).expel},
	{3, func(g *generator) *Step { return &Step{Do: Drop, Peer: g.guest()} }},
	{2, func(g *generator) *Step { return &Step{Do: HangUp, Peer: g.guest()} }},
	{6, func(g *generator) *Step { return &Step{Do: Upgrade, Peer: g.anybody()} }},
	{6, func(g *generator) *Step { return &Step{Do: HalfWay, Peer: g.anybody()} }},
	{10, (*generator).look},
	{6, (*generator).together},
	{8, (*generator).inOneTurn},
	{16, (*generator).frames},
	{6, (*generator).bothAttach},
}

// bystanderJoins are the steps with which the bystander joins its namespaces.
func bystanderJoins() []Step {
	steps := []Step{{Do: Open, Transport: string(peer.WebSocket)}}
	for _, nsp := range watched {
		steps = append(steps, Step{Do: Connect, Namespace: nsp})
	}
	return steps
}

// opening are the steps with which every case begins: the bystander joins its namespaces, and two others are there.
func (g *generator) opening() []Step {
	steps := bystanderJoins()
	for n := 1; n <= 2; n++ {
		steps = append(steps, Step{Do: Open, Peer: n, Transport: g.transport()}, Step{Do: Connect, Peer: n, Namespace: g.pick(watched)})
	}
	return steps
}

// closing are the steps with which every case ends: the bystander looks who is there, and sends to a room.
func (g *generator) closing() []Step {
	var steps []Step
	for _, nsp := range watched {
		steps = append(steps, Step{Do: Look, Namespace: nsp, Mode: lookMembers})
		for _, r := range g.rooms {
			steps = append(steps, Step{Do: Look, Namespace: nsp, Mode: lookMembers, Rooms: []string{r}})
		}
		steps = append(steps, Step{Do: Emit, Namespace: nsp, Emission: &Emission{Via: "nsp", To: []string{g.pick(g.rooms)}}})
	}
	return steps
}

// next returns a step that can be taken now. Behind packets that may be anything everybody in a namespace is often sent an event, to see what has become of them.
func (g *generator) next() Step {
	if g.w.step.Do == Frames && g.chance(60) {
		return Step{Do: Emit, Namespace: g.pick(watched), Emission: &Emission{Via: "nsp"}}
	}
	total := 0
	for _, c := range choices {
		total += c.weight
	}
	for {
		n := g.r.IntN(total)
		for _, c := range choices {
			if n -= c.weight; n >= 0 {
				continue
			}
			if s := c.make(g); s != nil && g.w.supports(s) && plays[s.Do].ready(g.w, s) {
				return *s
			}
			break
		}
	}
}

func (g *generator) pick(list []string) string { return list[g.r.IntN(len(list))] }

func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

func (g *generator) transport() string {
	return g.pick([]string{string(peer.Polling), string(peer.WebSocket)})
}

func (g *generator) anybody() int { return g.r.IntN(peers) }
func (g *generator) guest() int   { return 1 + g.r.IntN(peers-1) }

// member returns a socket that exists.
func (g *generator) member() *member {
	var all []*member
	for _, c := range g.w.clients {
		for _, nsp := range sortedNames(c.members) {
			all = append(all, c.members[nsp])
		}
	}
	return all[g.r.IntN(len(all))]
}

// of returns a step of a socket that exists, without anything more.
func (g *generator) of(do Verb) *Step {
	m := g.member()
	return &Step{Do: do, Peer: m.client.number, Namespace: m.nsp}
}

// some returns up to n different rooms, the ids of sockets among them.
func (g *generator) some(n int, ids bool) []string {
	from := slices.Clone(g.rooms)
	if ids {
		from = append(from, fmt.Sprintf("@%d", g.anybody()))
	}
	g.r.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
	return from[:min(len(from), g.r.IntN(n+1))]
}

func (g *generator) open() *Step {
	return &Step{Do: Open, Peer: g.guest(), Transport: g.transport()}
}

func (g *generator) connect() *Step {
	s := &Step{Do: Connect, Peer: g.guest(), Namespace: g.pick(g.spaces)}
	if s.Namespace == "/custom" || !g.w.offers("middleware") {
		return s
	}
	s.Mode = g.pick([]string{modePlain, modePlain, modeJoin, modeReject, modeJoinReject, modeJoinReject, modeWait})
	if s.Namespace == guarded && g.chance(25) {
		s.Mode = modeNoToken
	}
	if s.Mode == modeJoin || s.Mode == modeJoinReject {
		s.Rooms = []string{g.pick(g.rooms)}
	}
	return s
}

func (g *generator) leave() *Step {
	s := g.of(Leave)
	if s.Peer == 0 {
		return nil
	}
	return s
}

func (g *generator) join() *Step {
	s := g.of(Join)
	if s.Rooms = g.some(2, false); len(s.Rooms) == 0 {
		s.Rooms = g.rooms[:1]
	}
	return s
}

func (g *generator) leaveRoom() *Step {
	s := g.of(LeaveRoom)
	joined := sortedNames(g.w.member(s).rooms)
	if len(joined) == 0 {
		return nil
	}
	s.Rooms = []string{g.pick(joined)}
	return s
}

func (g *generator) emission(vias ...string) *Emission {
	e := &Emission{Via: g.pick(vias)}
	if e.Via == "socket" {
		return e
	}
	if e.Via == "nsp" && g.chance(20) {
		e.Of = g.pick(watched)
	}
	if g.chance(70) {
		e.To = g.some(2, true)
	}
	if g.chance(20) {
		e.In = g.some(1, true)
	}
	if g.chance(35) && g.w.offers("except") {
		e.Except = g.some(2, true)
	}
	if g.chance(15) {
		e.Discard = g.some(2, true)
	}
	if g.chance(15) {
		e.Flags = []string{g.pick([]string{"volatile", "compress", "uncompressed", "local"})}
	}
	return e
}

func (g *generator) emit() *Step {
	s := g.of(Emit)
	s.Emission = g.emission("socket", "broadcast", "broadcast", "nsp", "nsp", "nsp", "server", "parent")
	if g.chance(15) {
		s.Blobs = g.content(1 + g.r.IntN(2))
	}
	return s
}

// content returns the content of n attachments, each another one.
func (g *generator) content(n int) []string {
	var list []string
	for range n {
		g.blobs++
		list = append(list, fmt.Sprintf("blob %d", g.blobs))
	}
	return list
}

func (g *generator) ask() *Step {
	s := g.of(Ask)
	s.Mode = g.pick([]string{answerOnce, answerTwice, answerLate, answerElsewhere, answerImpostor})
	other := g.member()
	s.Other, s.Beside = other.client.number, other.nsp
	switch s.Mode {
	case answerElsewhere:
		s.Other = 0
	case answerImpostor:
		s.Beside = ""
	default:
		s.Other, s.Beside = 0, ""
	}
	return s
}

func (g *generator) cross() *Step {
	s, other := g.of(Cross), g.member()
	s.Other, s.Beside = other.client.number, other.nsp
	return s
}

func (g *generator) askRoom() *Step {
	s := g.of(AskRoom)
	s.Rooms, s.Mode = []string{g.pick(g.rooms)}, g.pick([]string{answerOnce, answerOnce, answerTwice, answerSilent})
	return s
}

func (g *generator) message() *Step {
	s := g.of(Message)
	s.Blobs = g.content(g.r.IntN(4))
	return s
}

// ids are acknowledgement ids. The small ones belong to fences and operations.
var ids = []string{"0", "1000", "9999", "10000", "123456", "4294967296", "9007199254740991"}

func (g *generator) call() *Step {
	s := g.of(Call)
	s.ID = g.pick(ids)
	if g.chance(20) {
		s.Blobs = g.content(1 + g.r.IntN(2))
	}
	return s
}

func (g *generator) reply() *Step {
	s := g.of(Reply)
	s.ID, s.Times = g.pick(ids), g.r.IntN(3)
	return s
}

func (g *generator) move() *Step {
	s := g.of(Move)
	s.Emission, s.Rooms, s.Mode = g.selecting(), []string{g.pick(g.rooms)}, g.pick([]string{"", "leave"})
	return s
}

// selecting returns an emission that selects sockets.
func (g *generator) selecting() *Emission {
	e := g.emission("nsp")
	e.Of, e.Flags, e.Discard = "", nil, nil
	return e
}

func (g *generator) expel() *Step {
	s := g.of(Expel)
	s.Emission = g.selecting()
	return s
}

func (g *generator) look() *Step {
	s := g.of(Look)
	s.Mode = g.pick([]string{lookRooms, lookMembers, lookFetch})
	if s.Mode == lookMembers {
		s.Rooms = g.some(1, true)
	}
	if s.Mode == lookFetch {
		s.Emission = g.selecting()
	}
	return s
}

func (g *generator) together() *Step {
	first, second := *g.emit(), *g.emit()
	first.Blobs, second.Blobs = nil, nil
	return &Step{Do: Together, Steps: []Step{first, second}}
}

func (g *generator) inOneTurn() *Step {
	s := g.of(InOneTurn)
	for range 2 + g.r.IntN(3) {
		t := Step{Do: Verb(g.pick([]string{string(Join), string(LeaveRoom), string(Emit), string(Emit)})), Peer: s.Peer, Namespace: s.Namespace}
		if t.Do == Emit {
			t.Emission = g.emission("socket", "broadcast", "nsp")
			t.Emission.Flags = nil
		} else {
			t.Rooms = []string{g.pick(g.rooms)}
		}
		s.Steps = append(s.Steps, t)
	}
	return s
}

func (g *generator) frames() *Step {
	s := &Step{Do: Frames, Peer: g.guest()}
	s.Wire = g.mutant.packets(g)
	return s
}

func (g *generator) bothAttach() *Step {
	s, other := g.of(BothAttach), g.member()
	s.Other, s.Beside, s.Blobs = other.client.number, other.nsp, g.content(2)
	return s
}
