package live

import (
	"fmt"
	"go/format"
	"regexp"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// Promote returns the source of a scenario that plays the finding's steps, a file of the package suite. What is left to do is to name it and the faults that it catches, to say what it is about,
// and to drop what is only there for the fuzzer. Steps whose packets may be anything are followed by no expectation.
func Promote(f *Finding) ([]byte, error) {
	p := &promoter{}
	for i := range f.Steps {
		p.step(&f.Steps[i])
	}
	source := fmt.Sprintf(scenarioSource, peer.JSON(f.Reason), "promoted."+strings.TrimPrefix(f.Rule, "sio."), f.Rule, strings.Join(p.lines, "\n"))
	formatted, err := format.Source([]byte(p.withoutStrangers(source)))
	if err != nil {
		return nil, fmt.Errorf("live: promote: %w", err)
	}
	return formatted, nil
}

const scenarioSource = `package suite

import (
	"encoding/json"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// promotedScenarios holds what was found: %s
var promotedScenarios = []run.Scenario{
	{
		ID:      %q,
		Title:   "",
		Rules:   []string{%q},
		Needs:   run.Needs{Level: peer.Contract},
		On:      run.Axes{Revisions: []wire.Revision{wire.Revision5}, Transports: []peer.Transport{peer.WebSocket}},
		Catches: []run.Catch{},
		Run: func(p *peer.Peer) {
			raw := func(text string) json.RawMessage { return json.RawMessage(text) }
			_ = raw
			%s
		},
	},
}
`

// A promoter writes statements. Peer N of the finding is the variable peerN.
type promoter struct {
	lines  []string
	opened [peers]bool
}

// withoutStrangers takes the ids of peers out that are never opened: nobody is in their rooms.
func (p *promoter) withoutStrangers(source string) string {
	for n, opened := range p.opened {
		if !opened {
			source = regexp.MustCompile(fmt.Sprintf(`peer%d\.SID\("[^"]*"\)`, n)).ReplaceAllString(source, `"nobody"`)
		}
	}
	return source
}

func (p *promoter) add(format string, args ...any) {
	p.lines = append(p.lines, fmt.Sprintf(format, args...))
}

// step adds a step and what must arrive behind it.
func (p *promoter) step(s *Step) {
	p.add("")
	p.add("// %s", strings.ToValidUTF8(s.String(), "?"))
	write, ok := statements[s.Do]
	if !ok {
		write = (*promoter).operation
	}
	write(p, s)
	for _, e := range s.Expect {
		p.add("peer%d.WantMessage(%q%s)", e.Peer, e.Packet, goBlobs(e.Attachments))
	}
}

// statements are how verbs are written that are no operation of the app.
var statements = map[Verb]func(p *promoter, s *Step){
	Open: func(p *promoter, s *Step) {
		p.opened[s.Peer] = true
		p.add("peer%d := p.PeerOver(%q, %q)", s.Peer, fmt.Sprint("peer ", s.Peer), s.Transport)
		p.add("peer%d.Open()", s.Peer)
	},
	Upgrade: func(p *promoter, s *Step) { p.add("peer%d.Upgrade()", s.Peer) },
	HalfWay: func(p *promoter, s *Step) {
		p.add("if probe, _ := peer%d.Dial(%q, peer%d.SessionQuery(peer.WebSocket)); probe != nil {", s.Peer, fmt.Sprintf("peer %d, upgrade", s.Peer), s.Peer)
		p.add("probe.Send(\"2probe\")\nprobe.Want(\"3probe\")\nprobe.Drop()\n}")
	},
	Connect: (*promoter).connect,
	Leave:   func(p *promoter, s *Step) { p.add("peer%d.Leave(%q)", s.Peer, s.Namespace) },
	Drop:    func(p *promoter, s *Step) { p.add("peer%d.Drop()", s.Peer) },
	HangUp:  func(p *promoter, s *Step) { p.add("peer%d.HangUp()", s.Peer) },
	Frames:  (*promoter).frames,
	Message: (*promoter).event,
	Call:    (*promoter).event,
	Ask:     (*promoter).ask,
	Cross: func(p *promoter, s *Step) {
		p.ask(s)
		p.ask(&Step{Do: Ask, Peer: s.Other, Namespace: s.Beside, Sent: s.Sent + 1})
	},
	Together: func(p *promoter, s *Step) {
		for i := range s.Steps {
			for n := range 3 {
				t := s.Steps[i].clone()
				t.Sent = s.Sent + 3*i + n
				p.operation(&t)
			}
		}
	},
	BothAttach: func(p *promoter, s *Step) {
		p.add("// Two events are sent side by side, one packet of each in turn.")
		p.event(&Step{Do: Message, Peer: s.Peer, Namespace: s.Namespace, Sent: s.Sent, Blobs: s.Blobs})
		p.event(&Step{Do: Message, Peer: s.Other, Namespace: s.Beside, Sent: s.Sent + 1, Blobs: others(s.Blobs)})
	},
}

// others are the attachments of the second event of BothAttach.
func others(blobs []string) []string {
	var list []string
	for _, b := range blobs {
		list = append(list, "other "+b)
	}
	return list
}

func (p *promoter) connect(s *Step) {
	auth := ""
	if c := credentials(s); c != nil {
		auth = fmt.Sprintf(", raw(%q)", peer.JSON(c))
	}
	if slices.Contains([]string{modeReject, modeJoinReject, modeNoToken}, s.Mode) {
		p.add("peer%d.SendConnect(%q%s)\npeer%d.WantRefused(%q, \"<string>\")", s.Peer, s.Namespace, auth, s.Peer, s.Namespace)
		return
	}
	p.add("peer%d.Connect(%q%s)", s.Peer, s.Namespace, auth)
}

func (p *promoter) frames(s *Step) {
	if texts, ok := onlyText(s.Wire); ok {
		p.add("peer%d.SendTogether(%s)", s.Peer, goStrings(texts))
	} else {
		for _, f := range s.Wire {
			if f.Binary {
				p.add("peer%d.SendBinary([]byte(%q))", s.Peer, f.Bytes)
				continue
			}
			p.add("peer%d.Send(%q)", s.Peer, f.data())
		}
	}
	p.add("peer%d.Settle()", s.Peer)
}

func (p *promoter) event(s *Step) {
	name, id := "message", ""
	if s.Do == Call {
		name, id = "message-with-ack", s.ID
	}
	placeholders, _ := attachmentsOf(s)
	text := eventText(s.Namespace, append([]any{name, s.Sent + 1}, placeholders...), len(s.Blobs))
	if i := strings.IndexByte(text, '['); i > 0 {
		text = text[:i] + id + text[i:]
	}
	p.add("peer%d.SendMessage(%q%s)", s.Peer, text, goBlobs(s.Blobs))
}

// goBlobs returns attachments as further arguments.
func goBlobs(blobs []string) string {
	var text strings.Builder
	for _, b := range blobs {
		fmt.Fprintf(&text, ", []byte(%q)", b)
	}
	return text.String()
}

// ask writes the plain form of a question; how it is answered otherwise is left to be written.
func (p *promoter) ask(s *Step) {
	args := []any{"ask", s.Sent + 1}
	v := fmt.Sprintf("asked%d", s.Sent+1)
	p.add("%s := peer%d.StartOp(%q, peer.Op{\"do\": \"emit\", \"via\": \"socket\", \"args\": raw(%q), \"ack\": %d})", v, s.Peer, s.Namespace, peer.JSON(args), patientMS)
	p.add("id%d := peer%d.Want(%q)[\"id\"]", s.Sent+1, s.Peer, "42"+peer.Prefix(s.Namespace)+"<id:integer>"+peer.JSON(args))
	p.add("peer%d.Send(%q + id%d + \"[1]\")\n%s.Want(\"[1]\")", s.Peer, "43"+peer.Prefix(s.Namespace), s.Sent+1, v)
}

// operation writes a step that is an operation of the app.
func (p *promoter) operation(s *Step) {
	send := "peer%d.Op(%q, %s)"
	if s.Do == Kick || s.Do == Close || s.Do == Expel || s.Do == AskRoom || s.Do == Reply {
		send = "peer%d.StartOp(%q, %s)" // without a reply, or with one that depends on others
	}
	if s.Do == Emit && len(s.Blobs) > 0 {
		p.add("peer%d.StartBinaryOp(%q, %s%s).Value()", s.Peer, s.Namespace, goOp(s, s.Sent+1), goBlobs(s.Blobs))
		return
	}
	p.add(send, s.Peer, s.Namespace, goOp(s, s.Sent+1))
	switch s.Do {
	case Kick:
		p.add("peer%d.Want(%q)", s.Peer, "41"+peer.Prefix(s.Namespace))
	case Close:
		p.add("peer%d.WantClosed()", s.Peer)
	}
}

// goOp returns the operation of a step as a Go expression. number is that of its event.
func goOp(s *Step, number int) string {
	switch s.Do {
	case Join:
		return fmt.Sprintf(`peer.Op{"do": "join", "rooms": []string{%s}}`, goStrings(s.Rooms))
	case LeaveRoom:
		return fmt.Sprintf(`peer.Op{"do": "leave", "room": %q}`, s.Rooms[0])
	case Kick:
		return `peer.Op{"do": "disconnect"}`
	case Close:
		return `peer.Op{"do": "disconnect", "close": true}`
	case Reply:
		return fmt.Sprintf(`peer.Op{"do": "ack", "args": []any{%d}, "times": %d}`, number, s.Times)
	case Look:
		return goLook(s)
	case InOneTurn:
		var ops []string
		for i := range s.Steps {
			ops = append(ops, goOp(&s.Steps[i], number))
			if s.Steps[i].Do == Emit {
				number++
			}
		}
		return fmt.Sprintf(`peer.Op{"do": "batch", "ops": []peer.Op{%s}}`, strings.Join(ops, ", "))
	case AskRoom:
		return fmt.Sprintf(`peer.Op{"do": "emit", "via": "nsp", "to": []string{%s}, "args": []any{"news", %d}, "ack": %d}`, goStrings(s.Rooms), number, briefMS)
	default:
		return goEmission(s, number)
	}
}

func goLook(s *Step) string {
	switch {
	case s.Mode == lookFetch:
		return goEmission(s, 0)
	case s.Mode == lookMembers && len(s.Rooms) > 0:
		return fmt.Sprintf(`peer.Op{"do": "members", "room": %s}`, goRoom(s.Rooms[0], s.Namespace))
	case s.Mode == lookMembers:
		return `peer.Op{"do": "members"}`
	}
	return `peer.Op{"do": "rooms"}`
}

// goEmission returns an operation on what an emission matches.
func goEmission(s *Step, number int) string {
	e := s.Emission
	placeholders, _ := attachmentsOf(s)
	var members []string
	add := func(format string, args ...any) { members = append(members, fmt.Sprintf(format, args...)) }
	switch s.Do {
	case Move:
		add(`"do": %q, "rooms": []string{%s}`, map[bool]string{true: "sockets-leave", false: "sockets-join"}[s.Mode == "leave"], goStrings(s.Rooms))
	case Expel:
		add(`"do": "sockets-disconnect"`)
	case Look:
		add(`"do": "fetch"`)
	default:
		add(`"do": "emit", "via": %q, "args": raw(%q)`, e.Via, peer.JSON(append([]any{"news", number}, placeholders...)))
	}
	if e.Of != "" {
		add(`"of": %q`, e.Of)
	}
	if len(e.Flags) > 0 {
		add(`"flags": []string{%s}`, goStrings(e.Flags))
	}
	for _, part := range []struct {
		name  string
		rooms []string
	}{{"to", e.To}, {"in", e.In}, {"except", e.Except}} {
		if len(part.rooms) > 0 {
			add(`%q: []string{%s}`, part.name, goRooms(part.rooms, e.target(s.Namespace)))
		}
	}
	if len(e.Discard) > 0 {
		add(`"discard": peer.Op{"to": []string{%s}}`, goStrings(e.Discard))
	}
	return "peer.Op{" + strings.Join(members, ", ") + "}"
}

func goStrings(list []string) string {
	var quoted []string
	for _, s := range list {
		quoted = append(quoted, fmt.Sprintf("%q", s))
	}
	return strings.Join(quoted, ", ")
}

func goRooms(list []string, nsp string) string {
	var rooms []string
	for _, r := range list {
		rooms = append(rooms, goRoom(r, nsp))
	}
	return strings.Join(rooms, ", ")
}

// goRoom returns a room as an expression: one that begins with @ is the id of a peer's socket.
func goRoom(name, nsp string) string {
	if number, ok := strings.CutPrefix(name, "@"); ok {
		return fmt.Sprintf("peer%s.SID(%q)", number, nsp)
	}
	return fmt.Sprintf("%q", name)
}
