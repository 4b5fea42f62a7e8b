package live

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// What a Look asks for.
const (
	lookRooms   = "rooms"
	lookMembers = "members"
	lookFetch   = "fetch"
)

func canLook(w *world, s *Step) bool {
	if s.Mode == lookFetch {
		return canMatch("fetch")(w, s)
	}
	return isMember(w, s) && len(s.Rooms) <= 1
}

// againMS is how long the target is left alone before it is asked again, in milliseconds, the first time; each time it is twice as long.
const againMS = 5

// eventually asks until the answer is right or the patience is over, and returns the last answer. What a client does a target may learn in its own time. How often it asks in vain is the same each
// time.
func (w *world) eventually(m *member, ask func() []string, want []string) []string {
	got := ask()
	for pause := againMS * time.Millisecond; pause < w.stage.Patience() && !slices.Equal(got, want); pause *= 2 {
		m.client.LetPass(m.nsp, pause)
		got = ask()
	}
	return got
}

func (w *world) playLook(s *Step) {
	m := w.member(s)
	switch s.Mode {
	case lookMembers:
		room := ""
		if len(s.Rooms) > 0 {
			room = s.Rooms[0]
		}
		w.wantMembers(m, room)
	case lookFetch:
		w.wantFetched(m, s.Emission)
	default:
		w.wantRooms(m)
	}
}

// wantRooms shows that the target has m in the rooms of the model.
func (w *world) wantRooms(m *member) {
	want := slices.Sorted(slices.Values(append(sortedNames(m.rooms), m.sid)))
	got := w.eventually(m, func() []string {
		var rooms []string
		m.client.OpInto(m.nsp, peer.Op{"do": "rooms"}, &rooms)
		return rooms
	}, want)
	if !slices.Equal(got, want) {
		w.violate(m.client, "other rooms", "%s: want to be in the rooms %v, got %v, after %s", m.client.name(), want, got, w.step)
	}
}

// idsOf returns the ids of the members for which is is true, sorted.
func idsOf(members []*member, is func(*member) bool) []string {
	ids := []string{}
	for _, m := range members {
		if is(m) {
			ids = append(ids, m.sid)
		}
	}
	slices.Sort(ids)
	return ids
}

// ours leaves the ids of sockets of this case of which it is known whether they are members. They need not be different: a socket that is a member twice is one too many.
func (w *world) ours(ids []string) []string {
	mine := []string{}
	for _, id := range ids {
		if !w.unclear[id] && slices.ContainsFunc(w.clients, func(c *client) bool { return slices.Contains(c.ids, id) }) {
			mine = append(mine, id)
		}
	}
	return mine
}

// members asks for the members of a room, or of the namespace when it is "", as far as they are this case's.
func (w *world) members(m *member, room string) []string {
	op := peer.Op{"do": "members"}
	if room != "" {
		op["room"] = w.room(m.nsp, room)
	}
	var ids []string
	m.client.OpInto(m.nsp, op, &ids)
	if room != "" || !w.alone {
		return w.ours(ids)
	}
	return slices.DeleteFunc(ids, func(id string) bool { return w.unclear[id] || w.strangers[m.nsp][id] })
}

// meetStrangers notes whom the target has in a namespace that are none of this case's.
func (w *world) meetStrangers(m *member) {
	var ids []string
	m.client.OpInto(m.nsp, peer.Op{"do": "members"}, &ids)
	known := map[string]bool{}
	for _, id := range ids {
		known[id] = id != m.sid
	}
	w.strangers[m.nsp] = known
}

// wantMembers shows that a room, or the namespace when it is "", has the members of the model.
func (w *world) wantMembers(m *member, room string) {
	want := idsOf(w.membersOf(m.nsp), func(q *member) bool { return room == "" || q.in([]string{room}) })
	got := w.eventually(m, func() []string { return w.members(m, room) }, want)
	switch {
	case len(got) > len(want) && len(w.ours(got)) < len(got):
		w.violate(m.client, "a stranger", "%s: want the members of %s %q to be %v, got %v, after %s", m.client.name(), m.nsp, room, w.names(want), w.names(got), w.step)
	case len(got) > len(want):
		w.violate(m.client, "a member too many", "%s: want the members of %s %q to be %v, got %v, after %s", m.client.name(), m.nsp, room, w.names(want), w.names(got), w.step)
	case !slices.Equal(got, want):
		w.violate(m.client, "a member missing", "%s: want the members of %s %q to be %v, got %v, after %s", m.client.name(), m.nsp, room, w.names(want), w.names(got), w.step)
	}
}

// names returns whose the ids are.
func (w *world) names(ids []string) []string {
	var names []string
	for _, id := range ids {
		if len(w.ours([]string{id})) == 0 {
			names = append(names, "a stranger")
		}
		for _, c := range w.clients {
			if i := slices.Index(c.ids, id); i == len(c.ids)-1 && i >= 0 {
				names = append(names, c.name())
			} else if i >= 0 {
				names = append(names, c.name()+" of before")
			}
		}
	}
	return names
}

// awaitMembers shows through the bystander that the target has noticed who has left.
func (w *world) awaitMembers(nsp, room string) { w.wantMembers(w.clients[0].members[nsp], room) }

// wantFetched shows that the target fetches the sockets of the model, with their rooms.
func (w *world) wantFetched(m *member, e *Emission) {
	op := w.matching(e, m.nsp)
	op["do"] = "fetch"
	w.rule = "sio.rooms.fetch-sockets"
	type socket struct {
		ID    string   `json:"id"`
		Rooms []string `json:"rooms"`
	}
	want := []string{}
	for _, q := range w.reach(m, e) {
		want = append(want, peer.JSON(socket{q.sid, slices.Sorted(slices.Values(append(sortedNames(q.rooms), q.sid)))}))
	}
	slices.Sort(want)
	got := w.eventually(m, func() []string {
		var sockets []socket
		m.client.OpInto(m.nsp, op, &sockets)
		texts := []string{}
		for _, s := range sockets {
			if slices.Sort(s.Rooms); len(w.ours([]string{s.ID})) == 1 {
				texts = append(texts, peer.JSON(s))
			}
		}
		slices.Sort(texts)
		return texts
	}, want)
	if !slices.Equal(got, want) {
		w.violate(m.client, "other sockets", "%s: want %s to fetch %v, got %v, after %s", m.client.name(), e, want, got, w.step)
	}
}

// elements returns the elements of a JSON array as texts.
func elements(array json.RawMessage) []string {
	var list []json.RawMessage
	_ = json.Unmarshal(array, &list) // what is no array has no elements
	texts := []string{}
	for _, e := range list {
		texts = append(texts, string(e))
	}
	return texts
}
