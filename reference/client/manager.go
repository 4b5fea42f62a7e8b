package client

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/client/internal/engine"
	"github.com/sio-conform/sio-conform/reference/client/internal/strand"
	"github.com/sio-conform/sio-conform/reference/eio"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// A Manager keeps one connection to a server for any number of namespaces: it
// opens it when the first socket connects, opens it again when it is lost, and
// closes it when the last socket is disconnected.
type Manager struct {
	config Config
	server url.URL // http or https
	http   *http.Client
	dialer *websocket.Dialer

	crew     strand.Crew
	loop     *strand.Strand  // owns the state of the manager and of its sockets
	handlers *strand.Strand  // runs the functions of the application
	ctx      context.Context // ends when connections are cut
	cut      context.CancelFunc
	backlog  backlog // of events for handlers

	namesMu sync.Mutex // guards names
	names   map[string]*Socket

	listenersMu sync.RWMutex // guards listeners
	listeners   []func(Event)

	// What follows belongs to loop.

	state       connState
	session     *engine.Session // nil in idle and waiting
	query       url.Values
	active      []*Socket // in the order in which they were connected
	assembler   sio.Assembler
	main        mainState // revision 4
	onWebSocket bool      // the last attempt led to a session on WebSocket
	retry       *strand.Alarm
	attempts    int // since the connection was lost, or since it was first tried
	buffered    int // bytes of events that wait for a CONNECT to be answered
	closed      bool
}

// mainState is how the client of revision 4 stands in the main namespace, which
// the server joins it to without being asked.
type mainState int

const (
	mainPending mainState = iota
	mainJoined
	mainLeft
)

// NewManager returns a manager for the server at the URL, whose path does not
// matter. No connection is opened before a socket connects.
func NewManager(rawURL string, config Config) (*Manager, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	if config.Query == nil {
		config.Query = u.query
	}
	return newManager(u.server, config)
}

func newManager(server url.URL, config Config) (*Manager, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	config.Header = config.Header.Clone()
	m := &Manager{config: config, server: server, names: map[string]*Socket{}, query: maps.Clone(config.Query)}
	switch server.Scheme {
	case "ws":
		m.server.Scheme = "http"
	case "wss":
		m.server.Scheme = "https"
	}
	m.server.Path = config.Path
	m.ctx, m.cut = context.WithCancel(context.Background())
	m.loop, m.handlers = strand.New(&m.crew), strand.New(&m.crew)
	m.retry = strand.NewAlarm(m.loop)
	m.backlog = backlog{maxItems: config.MaxQueued, maxBytes: config.MaxBuffered}
	m.assembler.Limits = m.limits()
	m.http = &http.Client{Jar: config.Jar, Transport: &http.Transport{
		DialContext: config.Dial, TLSClientConfig: config.TLS, Proxy: config.Proxy,
	}}
	m.dialer = &websocket.Dialer{
		NetDialContext: config.Dial, TLSClientConfig: config.TLS, Proxy: config.Proxy,
		Jar: config.Jar, EnableCompression: config.Compression, HandshakeTimeout: max(0, config.Timeout),
	}
	return m, nil
}

func (m *Manager) limits() sio.Limits {
	return sio.Limits{Attachments: m.config.MaxAttachments, AttachmentBytes: int(m.config.MaxMessage)}
}

// Socket returns the socket of a namespace, always the same one. Of the
// configuration only what concerns sockets counts, and only the first time. The
// error is a [*NamespaceError] or an [*AuthError].
func (m *Manager) Socket(namespace string, config Config) (*Socket, error) {
	namespace = cmp.Or(namespace, "/")
	if err := checkNamespace(m.config.Revision, namespace); err != nil {
		return nil, err
	}
	m.namesMu.Lock()
	defer m.namesMu.Unlock()
	if s := m.names[namespace]; s != nil {
		return s, nil
	}
	s, err := newSocket(m, namespace, config)
	if err != nil {
		return nil, err
	}
	m.names[namespace] = s
	return s, nil
}

// has reports whether m has a socket for the namespace.
func (m *Manager) has(namespace string) bool {
	return m != nil && m.lookup(namespace) != nil
}

func (m *Manager) lookup(namespace string) *Socket {
	m.namesMu.Lock()
	defer m.namesMu.Unlock()
	return m.names[namespace]
}

// Notify registers a function that hears of what happens to the connection. It
// runs where handlers run.
func (m *Manager) Notify(f func(Event)) {
	m.listenersMu.Lock()
	defer m.listenersMu.Unlock()
	m.listeners = append(m.listeners, f)
}

func (m *Manager) notify(e Event) {
	m.handle(func() {
		m.listenersMu.RLock()
		listeners := m.listeners
		m.listenersMu.RUnlock()
		for _, f := range listeners {
			m.guard(func() { f(e) })
		}
	})
}

// Close disconnects all sockets and waits until no goroutine of the manager is
// left, those of handlers included: a handler must not call it. When ctx ends
// before, the connection is cut, and the error is that of ctx. Afterwards sockets
// fail with [ErrClosed].
func (m *Manager) Close(ctx context.Context) error {
	m.begin()
	defer m.cut()
	return m.crew.Wait(ctx)
}

// begin begins to close m.
func (m *Manager) begin() {
	m.loop.Do(func() {
		m.closed = true
		m.namesMu.Lock()
		sockets := slices.Collect(maps.Values(m.names))
		m.namesMu.Unlock()
		for _, s := range sockets {
			s.close()
		}
	})
}

// open starts to open the connection.
func (m *Manager) open() {
	m.become(opening)
	m.main = mainPending
	m.session = engine.Open(m.ctx, engine.Config{
		URL:         m.server,
		Query:       m.query,
		Header:      m.config.Header,
		Revision:    m.config.engine(),
		Transports:  m.config.transports(m.onWebSocket),
		TryAll:      m.config.TryAllTransports,
		NoUpgrade:   m.config.NoUpgrade,
		ForceBase64: m.config.ForceBase64,
		Stamp:       m.config.TimestampParam,
		StampAll:    m.config.TimestampRequests,
		Timeout:     m.config.Timeout,
		CloseGrace:  m.config.CloseGrace,
		MaxMessage:  m.config.MaxMessage,
		MaxBuffered: m.config.MaxBuffered,
		HTTP:        m.http,
		Dialer:      m.dialer,
		Crew:        &m.crew,
		Strand:      m.loop,
		Logger:      m.config.Logger,
	}, &upper{m})
}

// An upper is the manager as a session sees it.
type upper struct{ m *Manager }

func (u *upper) Opened(eio.Handshake) { u.m.opened() }

func (u *upper) Received(p eio.Packet) { u.m.received(p) }

func (u *upper) Pinged() { u.m.notify(Event{Kind: EventPing}) }

func (u *upper) Upgraded(err error) {
	if err != nil {
		u.m.notify(Event{Kind: EventUpgradeError, Err: err})
		return
	}
	u.m.onWebSocket = true
	u.m.notify(Event{Kind: EventUpgrade, Transport: u.m.session.Transport()})
}

func (u *upper) Closed(reason engine.Reason, err error) { u.m.lost(Reason(reason), err) }
