package driver

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Script says how a scripted server behaves by itself. The zero value is a server with the usual timings that offers the upgrade, answers heartbeats and probes, and leaves every CONNECT to
// the scenario. It is set before the client connects.
type Script struct {
	PingInterval, PingTimeout time.Duration // 25 s and 20 s when zero
	MaxPayload                int           // bytes; announced in revision 5 when not zero
	Upgrades                  []string      // ["websocket"] when nil
	SilentHeart               bool          // neither sends nor answers pings
	HoldProbe                 bool          // leaves the answer to a probe to the scenario
	RefuseUpgrade             bool          // answers the WebSocket request of an upgrade with 400
	WithholdRoot              bool          // revision 4: does not join the main namespace by itself
	SlowPost                  time.Duration // answers a POST that much later
	SetCookie                 string        // the cookie that a long-polling handshake sets, "name=value"; none when empty
}

func (c Script) interval() time.Duration { return orElse(c.PingInterval, 25*time.Second) }
func (c Script) timeout() time.Duration  { return orElse(c.PingTimeout, 20*time.Second) }

func orElse(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// A Reaction is what one handshake gets in place of a session.
type Reaction struct {
	Status int    // an HTTP status
	Say    string // raw bytes in place of the OPEN packet; the connection stays
	Mute   bool   // a session that begins without the OPEN packet
	Hang   bool   // no answer at all
}

// A Request is one HTTP request of the client.
type Request struct {
	Method    string
	Path      string
	Query     url.Values
	Header    http.Header
	WebSocket bool
	SID       string
	At        time.Duration // since the stage began
}

// A Server is a scripted server.
type Server struct {
	Script Script
	URL    string // "http://127.0.0.1:4321"

	stage    *Stage
	name     string
	listener net.Listener
	http     *http.Server

	// guarded by the stage's stateMu
	reactions  []Reaction
	requests   []Request
	sessions   []*Session
	inFlight   map[string]int // by method: requests that are not answered yet
	mostAtOnce map[string]int
	hungUp     int // handshakes without an answer that the client gave up
}

// NewServer starts another scripted server.
func (s *Stage) NewServer(name string) *Server {
	server, err := s.newServer(name)
	if err != nil {
		panic(err)
	}
	return server
}

func (s *Stage) newServer(name string) (*Server, error) {
	l, err := s.conn.listenElsewhere(s.config.Pool.listen)
	if err != nil {
		return nil, fmt.Errorf("driver: scripted server: %w", err)
	}
	v := &Server{stage: s, name: name, listener: l, URL: "http://" + l.Addr().String(), inFlight: map[string]int{}, mostAtOnce: map[string]int{}}
	v.http = &http.Server{Handler: v, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	s.locked(func() { s.servers = append(s.servers, v) })
	s.background.Go(func() { _ = v.http.Serve(l) }) // ends when the server is closed
	return v, nil
}

// listenElsewhere listens at an address at which the driver has met no server before. A client may remember by the address what it has opened there, and no reset takes that away.
func (c *Conn) listenElsewhere(listen Listen) (net.Listener, error) {
	for {
		l, err := listen()
		if err != nil {
			return nil, err
		}
		if address := l.Addr().String(); !c.met[address] {
			c.met[address] = true
			return l, nil
		}
		defer l.Close() //nolint:errcheck // held until another address is found, so that this one is not handed out again
	}
}

// Stop ends the server: its connections are cut, and new ones are refused.
func (v *Server) Stop() { v.close() }

func (v *Server) close() {
	_ = v.http.Close()
	for _, c := range v.all() {
		c.abandon("the server was stopped")
	}
}

// Next sets what the next handshakes get, in order; those behind get sessions.
func (v *Server) Next(reactions ...Reaction) {
	v.stage.locked(func() { v.reactions = append(v.reactions, reactions...) })
}

// Requests returns the requests so far.
func (v *Server) Requests() []Request {
	v.stage.stateMu.Lock()
	defer v.stage.stateMu.Unlock()
	return append([]Request(nil), v.requests...)
}

// Handshakes returns the requests so far that asked for a new session.
func (v *Server) Handshakes() []Request {
	var list []Request
	for _, r := range v.Requests() {
		if r.SID == "" {
			list = append(list, r)
		}
	}
	return list
}

// WantHandshakes waits until n handshakes have been asked for, refused ones included.
func (v *Server) WantHandshakes(n int) []Request {
	var list []Request
	v.stage.expect("%d handshakes", n)
	if !v.stage.await(v.stage.Patience(), func() bool {
		list = nil
		for _, r := range v.requests {
			if r.SID == "" {
				list = append(list, r)
			}
		}
		return len(list) >= n
	}) {
		v.stage.missing(fmt.Sprintf("%d handshakes", n), fmt.Sprintf("%d", len(list)))
	}
	return list
}

// MostAtOnce returns how many requests of that method were open at once at most.
func (v *Server) MostAtOnce(method string) int {
	v.stage.stateMu.Lock()
	defer v.stage.stateMu.Unlock()
	return v.mostAtOnce[method]
}

func (v *Server) all() []*Session {
	v.stage.stateMu.Lock()
	defer v.stage.stateMu.Unlock()
	return append([]*Session(nil), v.sessions...)
}

// ServeHTTP answers the client.
func (v *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := v.stage
	s.background.Add(1)
	defer s.background.Done()
	if allowOrigin(w, r) {
		return
	}
	s.tapRequest(r)
	sid := r.URL.Query().Get("sid")
	socket := websocket.IsWebSocketUpgrade(r)
	s.transcript.Add(wire.Entry{Session: v.name, Direction: wire.In, Kind: wire.KindHTTP, Text: r.Method + " " + r.URL.String()})
	var reaction Reaction
	var session *Session
	s.locked(func() {
		v.requests = append(v.requests, Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header, WebSocket: socket, SID: sid, At: time.Since(s.began)})
		switch {
		case sid != "":
			session = v.session(sid)
		case len(v.reactions) > 0:
			reaction, v.reactions = v.reactions[0], v.reactions[1:]
		}
		s.notify()
	})
	if !socket {
		v.flight(r.Method, 1)
		defer v.flight(r.Method, -1)
	}
	switch {
	case sid != "" && session == nil:
		v.answer(w, http.StatusBadRequest, `{"code":1,"message":"Session ID unknown"}`)
	case sid != "" && socket:
		session.serveUpgrade(w, r)
	case sid != "" && r.Method == http.MethodPost:
		session.servePost(w, r)
	case sid != "":
		session.servePoll(w, r)
	case reaction.Status != 0:
		v.answer(w, reaction.Status, `{"code":4,"message":"Forbidden"}`)
	case reaction.Hang:
		v.hang(r)
	default:
		v.handshake(w, r, socket, reaction)
	}
}

// allowOrigin lets a page of any origin read the answer, and reports whether the request was a preflight, which is of the browser and not of the client, and is answered with that.
func allowOrigin(w http.ResponseWriter, r *http.Request) (preflight bool) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	if origin := r.Header.Get("Origin"); origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
	w.WriteHeader(http.StatusNoContent)
	return true
}

func (v *Server) flight(method string, n int) {
	v.stage.locked(func() {
		v.inFlight[method] += n
		v.mostAtOnce[method] = max(v.mostAtOnce[method], v.inFlight[method])
	})
}

// session returns the session with that id; stateMu is held.
func (v *Server) session(sid string) *Session {
	for _, c := range v.sessions {
		if c.id == sid {
			return c
		}
	}
	return nil
}

func (v *Server) answer(w http.ResponseWriter, status int, body string) {
	v.stage.transcript.Add(wire.Entry{Session: v.name, Direction: wire.Out, Kind: wire.KindHTTP, Text: fmt.Sprintf("%d %s", status, body)})
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // a client that is gone shows elsewhere
}

func (v *Server) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
		v.stage.locked(func() {
			v.hungUp++
			v.stage.notify()
		})
	case <-v.stage.ctx.Done():
	}
}

// openPacket returns the OPEN packet of a session, which offers an upgrade only where there is one.
func (v *Server) openPacket(id string, socket bool) string {
	upgrades := v.Script.Upgrades
	switch {
	case socket:
		upgrades = []string{}
	case upgrades == nil:
		upgrades = []string{"websocket"}
	}
	open := map[string]any{"sid": id, "upgrades": upgrades, "pingInterval": v.Script.interval().Milliseconds(), "pingTimeout": v.Script.timeout().Milliseconds()}
	if !v.stage.Revision4() {
		open["maxPayload"] = 1000000
		if v.Script.MaxPayload != 0 {
			open["maxPayload"] = v.Script.MaxPayload
		}
	}
	b, _ := json.Marshal(open) // plain values
	return "0" + string(b)
}

// handshake makes a session.
func (v *Server) handshake(w http.ResponseWriter, r *http.Request, socket bool, reaction Reaction) {
	c := &Session{stage: v.stage, server: v, transport: peer.Polling}
	v.stage.locked(func() {
		v.sessions = append(v.sessions, c)
		c.number = len(v.sessions)
		c.name = fmt.Sprintf("%s/%d", v.name, c.number)
		c.id = fmt.Sprintf("engine%d", c.number)
		c.eio = r.URL.Query().Get("EIO")
		c.base64 = r.URL.Query().Get("b64") != ""
	})
	first := c.greeting(reaction, socket)
	if socket {
		c.transport = peer.WebSocket
		c.serveWebSocket(w, r, first)
		return
	}
	if v.Script.SetCookie != "" {
		w.Header().Set("Set-Cookie", v.Script.SetCookie)
	}
	c.beginHeartbeat()
	first = c.crossOut(first, peer.Polling)
	v.stage.locked(func() { c.out = append(c.out, first...) })
	c.begin()
	c.servePoll(w, r)
}

// greeting returns the first packets of a session.
func (c *Session) greeting(reaction Reaction, socket bool) []peer.Frame {
	if reaction.Mute {
		return nil
	}
	first := []peer.Frame{c.frame(c.server.openPacket(c.id, socket))}
	if reaction.Say != "" {
		first = []peer.Frame{c.frame(reaction.Say)}
	}
	if c.stage.Revision4() && !c.server.Script.WithholdRoot {
		first = append(first, c.frame("40"))
	}
	return first
}

// upgrader accepts any origin: what the client says of its own is for the scenario.
var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }, EnableCompression: true}
