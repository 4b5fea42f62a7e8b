package peer

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Peer is our end of one session. The embedded stage's verbs are the peer's as well.
type Peer struct {
	*Stage
	name      string
	transport Transport
	in        *inbox
	probed    chan struct{} // receives when the probe of an upgrade was answered
	opening   chan wire.Packet
	pings     chan time.Time // receives when a ping arrived, see WantPing
	pongs     chan string    // receives the content of WebSocket pong frames, see WantPong

	manual atomic.Bool // no automatic polling and heartbeat; the inbox shows every packet
	mute   atomic.Bool // pings are not answered

	noops atomic.Int64 // noops over a WebSocket, see Noops

	linkMu sync.Mutex
	link   link // nil before the session is opened

	exchangesMu sync.Mutex
	exchanges   []*Exchange

	stateMu   sync.Mutex
	handshake Handshake
	joined    map[string]*membership // by namespace
	left      map[string]*membership // by namespace, those left before their event auth has come
	hidden    int                    // attachments still to come of an event that is not shown

	mainJoined bool // revision 4: the server's own CONNECT for the main namespace has come

	// Used by the scenario's goroutine only.
	said      string // what was sent last, for reasons
	lastID    int    // acknowledgement ids given out
	lastFence int
	early     map[string]json.RawMessage // by namespace, arguments of events auth that came before the CONNECT
	expects   bool                       // the scenario expects, or has seen, the end of the session
	welcomed  bool                       // revision 4: the scenario has asked for the server's own CONNECT
}

// A membership is what a peer knows of a namespace that it has joined.
type membership struct {
	sid         string
	recoverable bool            // events may carry an offset behind their arguments
	auth        json.RawMessage // argument of the event auth, nil until it came
}

// A Handshake is what the target announced in its open packet.
type Handshake struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int64    `json:"pingInterval"` // milliseconds
	PingTimeout  int64    `json:"pingTimeout"`  // milliseconds
	MaxPayload   int64    `json:"maxPayload"`   // bytes; 0 when not announced

	Raw string `json:"-"` // the JSON text
}

// A link is one way of carrying a session: a WebSocket, or long-polling.
type link interface {
	transmit(frames []Frame) error // together, as one payload where there are payloads
	hangUp()                       // ends the session politely
	drop()                         // ends the connections without a word
	kind() Transport
}

func newPeer(s *Stage, name string, t Transport) *Peer {
	return &Peer{
		Stage: s, name: name, transport: t, in: newInbox(),
		probed: make(chan struct{}, 1), opening: make(chan wire.Packet, 1), joined: map[string]*membership{}, left: map[string]*membership{}, early: map[string]json.RawMessage{},
		pings: make(chan time.Time, pingsKept), pongs: make(chan string, 1),
	}
}

// Name returns the peer's name, as it stands in the transcript.
func (p *Peer) Name() string { return p.name }

// Transport returns how the peer's session travels.
func (p *Peer) Transport() Transport { return p.transport }

// Noops returns how many noops have come over a WebSocket. They are not shown to be wanted: their use is to end a poll, and a client ignores them elsewhere.
func (p *Peer) Noops() int { return int(p.noops.Load()) }

// Manual switches automatic polling and heartbeats off: every packet is shown to the scenario, pings too. It must be called before the session is
// opened. A manual session over long-polling is driven with Get and Post.
func (p *Peer) Manual() { p.manual.Store(true) }

// Mute stops the answering of pings from now on.
func (p *Peer) Mute() { p.mute.Store(true) }

// Query returns the query of a handshake over t, with extra parameters as they stand.
func (p *Peer) Query(t Transport, extra string) string {
	if t == Upgraded {
		t = Polling
	}
	q := fmt.Sprintf("EIO=%d&transport=%s", p.config.Revision.EIO(), t)
	if extra != "" {
		q += "&" + extra
	}
	return q
}

// SessionQuery returns the query of a request over t that belongs to the peer's session.
func (p *Peer) SessionQuery(t Transport) string {
	return p.Query(t, "sid="+url.QueryEscape(p.Handshake().SID))
}

// Handshake returns what the target announced when the session was opened.
func (p *Peer) Handshake() Handshake {
	p.stateMu.Lock()
	defer p.stateMu.Unlock()
	return p.handshake
}

// Open opens the session, if it is not open, over the peer's transport. extra is added to the query of the handshake.
func (p *Peer) Open(extra ...string) {
	if p.currentLink() != nil {
		return
	}
	query := ""
	if len(extra) > 0 {
		query = extra[0]
	}
	if p.transport == WebSocket {
		p.openWebSocket(query)
	} else {
		p.openPolling(query)
	}
	if p.transport == Upgraded {
		p.Upgrade()
	}
	if p.config.Revision == wire.Revision4 && !p.manual.Load() {
		p.finishers.Go(p.beat)
	}
}

// setHandshake reads the open packet.
func (p *Peer) setHandshake(open wire.Packet, rule string) {
	var h Handshake
	if open.Engine != '0' {
		p.Fail(&Failure{Reason: "the first packet is " + open.String() + ", want OPEN", Expected: "0{…}", Actual: wire.Quote(open.Raw), Rules: []string{rule}})
	}
	if err := json.Unmarshal(open.Body, &h); err != nil || h.SID == "" {
		p.Fail(&Failure{Reason: "the open packet has no readable data with a sid", Expected: `0{"sid":<text>,...}`, Actual: wire.Quote(open.Raw), Rules: []string{rule}})
	}
	h.Raw = string(open.Body)
	p.stateMu.Lock()
	defer p.stateMu.Unlock()
	p.handshake = h
}

func (p *Peer) currentLink() link {
	p.linkMu.Lock()
	defer p.linkMu.Unlock()
	return p.link
}

func (p *Peer) setLink(l link) {
	p.linkMu.Lock()
	defer p.linkMu.Unlock()
	p.link = l
}

// transmit sends frames over the session's present link.
func (p *Peer) transmit(frames []Frame) error {
	l := p.currentLink()
	if l == nil || len(frames) == 0 {
		return nil
	}
	for _, f := range frames {
		if f.Closing != nil {
			l.drop()
			return nil
		}
		p.recordFrame(f)
	}
	return l.transmit(frames)
}

func (p *Peer) record(e wire.Entry) {
	e.Session = p.name
	p.transcript.Add(e)
}

func (p *Peer) recordFrame(f Frame) {
	packet := wire.Dissect(p.config.Revision, f.Binary, f.Data)
	p.record(wire.Entry{Direction: f.Direction, Kind: wire.KindPacket, Transport: string(f.Transport), Binary: f.Binary, Data: f.Data, Text: packet.String()})
}

// arrive takes a frame off the wire and passes it through the tap.
func (p *Peer) arrive(t Transport, binary bool, data []byte) {
	p.send(p.cross(Frame{Session: p.name, Direction: wire.In, Transport: t, Binary: binary, Data: data}))
}

// ended takes the end of a connection off the wire and passes it through the tap.
func (p *Peer) ended(t Transport, c Closing) {
	c.at = time.Now()
	p.send(p.cross(Frame{Session: p.name, Direction: wire.In, Transport: t, Closing: &c}))
}

// send transmits what a tap sends back; the target's reaction, if any, is seen by the reader.
func (p *Peer) send(frames []Frame) {
	if err := p.transmit(frames); err != nil {
		p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindClose, Text: err.Error()})
	}
}

// receive takes what came out of the tap for this peer. It runs on the goroutines of links.
func (p *Peer) receive(f Frame) {
	if f.Closing != nil {
		if p.in.close(f.Closing) {
			p.record(wire.Entry{Direction: wire.In, Kind: wire.KindClose, Transport: string(f.Transport), Text: f.Closing.Cause})
		}
		return
	}
	packet := wire.Dissect(p.config.Revision, f.Binary, f.Data)
	p.record(wire.Entry{Direction: wire.In, Kind: wire.KindPacket, Transport: string(f.Transport), Binary: f.Binary, Data: f.Data, Text: packet.String()})
	if packet.Engine == '0' && p.Handshake().SID == "" {
		select {
		case p.opening <- packet:
			p.in.nudge()
			return
		default: // a second open packet is the scenario's to see
		}
	}
	switch {
	case packet.Type == '3' && unsupported(packet.Data), packet.Type == '4' && lacksStep(packet.Data):
		p.lacking.Store(true)
	case packet.Engine == '6' && f.Transport == WebSocket && len(packet.Body) == 0:
		p.noops.Add(1)
		return
	}
	if p.manual.Load() {
		p.in.put(packet)
		return
	}
	p.react(f.Transport, packet)
}

// react does what a correct client does with a packet, and shows the scenario the rest.
func (p *Peer) react(t Transport, packet wire.Packet) {
	switch {
	case packet.Binary || packet.Engine == '4':
		p.message(packet)
	case packet.Engine == '2' && len(packet.Problems) == 0 && p.config.Revision == wire.Revision5:
		at := time.Now()
		if !p.mute.Load() {
			p.send(p.cross(Frame{Session: p.name, Direction: wire.Out, Transport: t, Data: append([]byte("3"), packet.Body...)}))
		}
		p.pinged(at)
	case packet.Engine == '3' && string(packet.Body) == "probe" && t == WebSocket:
		select {
		case p.probed <- struct{}{}:
		default:
		}
	case packet.Engine == '3' && len(packet.Body) == 0 && p.config.Revision == wire.Revision4:
	case packet.Engine == '6' && t == Polling:
	case packet.Engine == '1':
		p.in.close(&Closing{Cause: "close packet", at: time.Now()})
	default:
		p.in.put(packet)
	}
}

// message keeps track of the namespaces and shows the scenario what it may have asked for. Without an application that we know (level
// wire) events are the target's own affair and are not shown; nor is the event auth, which follows every CONNECT.
func (p *Peer) message(packet wire.Packet) {
	p.stateMu.Lock()
	show := p.track(&packet)
	p.stateMu.Unlock()
	if show {
		p.in.put(packet)
	}
}

func (p *Peer) track(packet *wire.Packet) bool {
	if packet.Binary && p.hidden > 0 {
		p.hidden--
		return false
	}
	switch {
	case packet.Binary:
	case packet.Type == '0' && p.config.Revision == wire.Revision4:
		return !p.admit(packet)
	case packet.Type == '0' && len(packet.Problems) == 0:
		var data struct {
			SID string `json:"sid"`
			PID string `json:"pid"`
		}
		_ = json.Unmarshal(packet.Data, &data) // data of another shape is for the scenario to judge
		p.joined[packet.Namespace] = &membership{sid: data.SID, recoverable: data.PID != ""}
		delete(p.left, packet.Namespace)
	case packet.Type == '1':
		delete(p.joined, packet.Namespace)
	case packet.IsEvent() && p.config.Level == Wire:
		p.hidden = packet.AttachmentCount()
		return false
	case packet.IsEvent():
		return !p.keepAuth(packet)
	}
	return true
}

// admit notes that a CONNECT of revision 4 has come, and reports whether it is the server's own for the main namespace, which the scenario does not see.
func (p *Peer) admit(packet *wire.Packet) bool {
	p.joined[packet.Namespace] = &membership{}
	delete(p.left, packet.Namespace)
	if p.mainJoined || string(packet.Raw) != "40" {
		return false
	}
	p.mainJoined = true
	p.in.nudge()
	return true
}

// keepAuth keeps the first event auth behind a CONNECT and reports whether packet was that one.
func (p *Peer) keepAuth(packet *wire.Packet) bool {
	m := p.joined[packet.Namespace]
	if m == nil {
		m = p.left[packet.Namespace]
	}
	if m == nil || m.auth != nil {
		return false
	}
	m.auth = greeting(packet, m.recoverable)
	p.in.nudge()
	return m.auth != nil
}

// greeting returns the argument of the event auth, nil when packet is another one. Behind it there may be an offset where the session is recoverable.
func greeting(packet *wire.Packet, recoverable bool) json.RawMessage {
	var args []json.RawMessage
	if packet.Type != '2' || packet.AckID != "" || len(packet.Problems) > 0 || json.Unmarshal(packet.Data, &args) != nil {
		return nil
	}
	if len(args) == 3 && recoverable {
		args = args[:2]
	}
	if len(args) != 2 || string(args[0]) != `"auth"` {
		return nil
	}
	return args[1]
}

// Guard opens the peer as a healthy bystander: it joins the main namespace where that is possible, and must still be served when the scenario is over.
func (p *Peer) Guard() {
	p.Open()
	if p.config.Level > Wire {
		p.Connect("/")
	}
}

// finish makes the checks at the end of a scenario, see Stage.Finish.
func (p *Peer) finish() {
	if p.currentLink() == nil || p.manual.Load() || p.expects {
		return
	}
	if c := p.in.ended(); c != nil {
		p.Fail(&Failure{Reason: fmt.Sprintf("%s: the session was closed: %s; the target closed %s unasked, after %s", p.name, c.Cause, p.name, p.said), Expected: "an open session", Actual: c.Cause})
	}
	if why := p.fence(); why != "" {
		p.Fail(&Failure{Reason: fmt.Sprintf("%s is open but deaf: %s, after %s", p.name, why, p.said), Expected: "a session that is closed or works", Actual: why, Rules: []string{RuleZombie}})
	}
	p.wantEmpty("nothing more on " + p.name)
}

// leaveAll leaves the namespaces and makes sure that the target has noticed, so that no later scenario meets this one's sockets. A target that does
// not answer is not waited for long.
func (p *Peer) leaveAll() {
	l := p.currentLink()
	if l == nil || p.manual.Load() || p.in.ended() != nil || p.ctx.Err() != nil {
		return
	}
	p.stateMu.Lock()
	names := slices.Sorted(maps.Keys(p.joined))
	clear(p.joined)
	p.stateMu.Unlock()
	if len(names) == 0 {
		return
	}
	var frames []Frame
	for _, name := range names {
		frames = append(frames, p.frame("41"+Prefix(name)))
	}
	f := p.newFence()
	p.send(append(frames, p.frame(f.packets[0]))) // one: no namespace is joined any more
	p.in.await(p.ctx, p.Patience()/8, func() bool { return p.passed(f) })
}

// hangUp ends the session politely.
func (p *Peer) hangUp() {
	p.exchangesMu.Lock()
	exchanges := p.exchanges
	p.exchangesMu.Unlock()
	for _, x := range exchanges {
		x.cancel()
	}
	if l := p.currentLink(); l != nil {
		if p.in.ended() == nil {
			l.hangUp()
		}
		l.drop()
	}
}

// Drop cuts the session's connections without a word, as a lost network does.
func (p *Peer) Drop() {
	p.expects = true
	p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindClose, Text: "dropped by the scenario"})
	if l := p.currentLink(); l != nil {
		l.drop()
	}
}

// HangUp ends the session politely: a close packet over long-polling, a close frame and the wait for that of the target over WebSocket.
func (p *Peer) HangUp() {
	p.expects = true
	if l, ok := p.currentLink().(*wsLink); ok && p.in.ended() == nil {
		l.closeHandshake(p.Patience())
	}
	p.hangUp()
}
