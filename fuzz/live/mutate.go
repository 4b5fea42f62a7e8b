package live

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// A mutator makes packets that the protocol allows, or nearly allows. It begins with the grammar; what has shown a reaction that was not seen before is changed further.
type mutator struct {
	pool [][]Packet
	seen map[string]bool // pairs of state and reaction
}

func newMutator() *mutator { return &mutator{seen: map[string]bool{}} }

// maxPool bounds how many sequences are kept to be changed further.
const maxPool = 256

// learn keeps packets whose reaction was not seen before in that state.
func (m *mutator) learn(state, reaction string, packets []Packet) {
	key := state + "\x00" + reaction
	if m.seen[key] {
		return
	}
	m.seen[key] = true
	if len(m.pool) < maxPool {
		m.pool = append(m.pool, slices.Clone(packets))
	}
}

// packets returns a sequence.
func (m *mutator) packets(g *generator) []Packet {
	var list []Packet
	if g.chance(20) {
		list = m.life(g)
	} else if len(m.pool) > 0 && g.chance(40) {
		list = slices.Clone(m.pool[g.r.IntN(len(m.pool))])
		if g.chance(30) {
			list = append(list, m.packets(g)...)
		}
	} else {
		for range 1 + g.r.IntN(3) {
			list = append(list, m.valid(g)...)
		}
	}
	for range g.r.IntN(5) / 2 {
		i := g.r.IntN(len(list))
		list[i] = mutate(g.r, list[i])
	}
	if g.chance(20) {
		i := g.r.IntN(len(list))
		list = slices.Insert(list, i, list[i])
	}
	return list[:min(len(list), maxPackets)]
}

// life returns packets that join and leave one namespace, and use it meanwhile.
func (m *mutator) life(g *generator) []Packet {
	prefix := peer.Prefix(g.pick(watched))
	var list []Packet
	for range 2 + g.r.IntN(2) {
		list = append(list, Packet{Text: g.pick([]string{"40" + prefix, "40" + prefix, "40" + prefix, "40" + prefix + "{}", "41" + prefix, "42" + prefix + `["message",0]`, "42" + prefix + `1000["message-with-ack"]`})})
	}
	return list
}

// maxPackets bounds a sequence.
const maxPackets = 6

// valid returns a packet, with its attachments if it has any, of a form that the grammar allows.
func (m *mutator) valid(g *generator) []Packet {
	nsp := g.pick(append(slices.Clone(g.spaces), "/", "/custom", "/unknown"))
	prefix := nsp + ","
	if nsp == "/" {
		prefix = ""
	}
	id := g.pick([]string{"", "0", "1000", "20012"})
	text := func(format string, args ...any) []Packet { return []Packet{{Text: fmt.Sprintf(format, args...)}} }
	switch g.r.IntN(12) {
	case 0, 1, 2:
		return text("40%s%s", prefix, g.pick([]string{"", "", "{}", `{"token":"secret"}`}))
	case 3:
		return text("41%s", prefix)
	case 4:
		return text(`42%s%s["message",%s]`, prefix, id, m.value(g, 0))
	case 5:
		return text(`42%s%s["message-with-ack",%s]`, prefix, id, m.value(g, 0))
	case 6:
		return text(`43%s%s[%s]`, prefix, id, m.value(g, 0))
	case 7, 8:
		n := g.r.IntN(3)
		list := text(`45%d-%s%s["message",%s]`, n, prefix, id, g.pick([]string{m.placeholder(n), "1", m.value(g, 0)}))
		for i := range n {
			list = append(list, Packet{Binary: true, Bytes: fmt.Appendf(nil, "mutant %d", i)})
		}
		return list
	case 9:
		return text(`46%d-%s%s[%s]`, g.r.IntN(2), prefix, id, m.placeholder(1))
	case 10:
		return text("44%s%s", prefix, g.pick([]string{`{"message":"x"}`, `"x"`}))
	default:
		return text("%s", g.pick([]string{"2", "3", "2probe", "5", "6", "1", "4", "0{}", "7"}))
	}
}

func (m *mutator) placeholder(n int) string {
	if n == 0 {
		return "null"
	}
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"_placeholder":true,"num":%d}`, i))
	}
	return strings.Join(list, ",")
}

// value returns a JSON value.
func (m *mutator) value(g *generator, depth int) string {
	leaf := []string{"null", "true", "0", "-1", "1.5e3", "9007199254740993", `""`, `"\u0000"`, `"\ud83d\ude00"`, `"text"`, "[]", "{}", `{"__proto__":null}`, `{"_placeholder":true,"num":0}`, `{"_placeholder":true,"num":-1}`}
	if depth > 3 || g.chance(60) {
		return g.pick(leaf)
	}
	if g.chance(50) {
		return "[" + m.value(g, depth+1) + "," + m.value(g, depth+1) + "]"
	}
	return `{"k":` + m.value(g, depth+1) + "}"
}

// fragments are what mutations put into a packet.
var fragments = []string{
	"0", "1", "2", "3", "4", "5", "6", "7", "9", "-", ",", "/", "?", "[", "]", "{", "}", `"`, ":", " ", "\x1e", "\x00", "b", "null", "99999999999999999999", "/custom,", "/orders,", "51-", "50-",
	strings.Repeat("[", 200), strings.Repeat("9", 400), "e", ".", "\\u", "\xff", "\xed\xa0\x80", "é",
}

// mutate changes a packet in one place.
func mutate(r *rand.Rand, p Packet) Packet {
	data := slices.Clone(p.data())
	at := r.IntN(len(data) + 1)
	fragment := fragments[r.IntN(len(fragments))]
	switch r.IntN(6) {
	case 0: // cut off
		data = data[:at]
	case 1: // a part left out
		end := min(len(data), at+1+r.IntN(4))
		data = slices.Delete(data, at, end)
	case 2: // something put in
		data = slices.Insert(data, at, []byte(fragment)...)
	case 3: // something in the head put in, where the grammar is
		data = slices.Insert(data, min(at, min(len(data), 3)), []byte(fragment)...)
	case 4: // a byte replaced by something
		if at < len(data) {
			data = slices.Replace(data, at, at+1, []byte(fragment)...)
		}
	default: // another kind of frame
		return packetOf(data, !p.Binary)
	}
	return packetOf(data, p.Binary)
}

// packetOf returns the packet with this content, as text where that is possible.
func packetOf(data []byte, binary bool) Packet {
	if binary || !utf8.Valid(data) {
		return Packet{Bytes: data, Binary: binary}
	}
	return Packet{Text: string(data)}
}
