package engine

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/eio"
)

// An Engine serves sessions. It is an [http.Handler].
type Engine struct {
	config Config

	sessionsMu sync.Mutex // guards sessions and ended
	sessions   map[string]*Session
	ended      bool

	running sync.WaitGroup // sessions, and what they started
}

// New returns an engine.
func New(config Config) *Engine {
	return &Engine{config: config, sessions: map[string]*Session{}}
}

func (c *Config) serves(transport string) bool { return slices.Contains(c.Transports, transport) }

// ServeHTTP serves the requests below the configured path, and answers 404 to
// all others.
func (e *Engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, e.config.Path) {
		http.NotFound(w, r)
		return
	}
	if e.config.CORS != nil && e.config.CORS(w, r) {
		return
	}
	s, refused := e.verify(r)
	switch {
	case refused != nil:
		refused.write(w, r)
	case websocket.IsWebSocketUpgrade(r):
		e.serveUpgrade(w, r, s)
	case s == nil:
		e.serveOpen(w, r)
	case r.Method == http.MethodGet:
		e.servePoll(w, r, s)
	case r.Method == http.MethodPost:
		e.servePost(w, r, s)
	default:
		answer{status: http.StatusInternalServerError}.write(w)
	}
}

// serveOpen opens a session over polling.
func (e *Engine) serveOpen(w http.ResponseWriter, r *http.Request) {
	s, ok := e.newSession(r, nil)
	if !ok {
		answer{status: http.StatusServiceUnavailable}.write(w)
		return
	}
	if e.config.Cookie != nil {
		cookie := new(*e.config.Cookie) //nolint:gosec // its attributes are the choice of the application
		cookie.Value, cookie.Path = s.id, cmp.Or(cookie.Path, "/")
		http.SetCookie(w, cookie)
	}
	e.servePoll(w, r, s)
}

// serveUpgrade opens a session over WebSocket, or offers s a WebSocket.
func (e *Engine) serveUpgrade(w http.ResponseWriter, r *http.Request, s *Session) {
	ws, ok := e.acceptSocket(w, r)
	if !ok {
		return
	}
	if s == nil {
		if s, ok = e.newSession(r, ws); !ok {
			ws.cut()
			return
		}
		e.serveSocket(ws, s)
		return
	}
	if !s.Post(attach{ws}) {
		ws.cut() // the session has ended meanwhile
		return
	}
	e.serveSocket(ws, s)
}

// newSession starts a session, over ws unless that is nil. It returns false
// when the engine has ended.
func (e *Engine) newSession(r *http.Request, ws *webSocket) (*Session, bool) {
	request := r.Clone(context.WithoutCancel(r.Context()))
	request.Body = http.NoBody
	s := &Session{
		id:      NewID(),
		framing: framingOf(r),
		request: request,
		engine:  e,
		config:  &e.config,
		log:     e.config.Logger,
		inbox:   make(chan Task),
		socket:  ws,
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())

	e.sessionsMu.Lock()
	defer e.sessionsMu.Unlock()
	if e.ended {
		s.cancel()
		return nil, false
	}
	e.sessions[s.id] = s
	e.running.Go(func() {
		defer e.forget(s)
		s.run()
	})
	if ws != nil {
		e.running.Go(func() { ws.write(s) })
	}
	return s, true
}

func (e *Engine) forget(s *Session) {
	e.sessionsMu.Lock()
	defer e.sessionsMu.Unlock()
	delete(e.sessions, s.id)
}

func (e *Engine) session(id string) *Session {
	e.sessionsMu.Lock()
	defer e.sessionsMu.Unlock()
	return e.sessions[id]
}

// Sessions returns how many sessions there are.
func (e *Engine) Sessions() int {
	e.sessionsMu.Lock()
	defer e.sessionsMu.Unlock()
	return len(e.sessions)
}

// Go runs f in a goroutine that [Engine.Shutdown] waits for. It must be called
// by a session or by what such a goroutine started.
func (e *Engine) Go(f func()) { e.running.Go(f) }

// Shutdown ends all sessions, lets no new ones begin, and waits until what they
// started has ended, or for ctx, whose error it returns then.
func (e *Engine) Shutdown(ctx context.Context) error {
	e.sessionsMu.Lock()
	e.ended = true
	var all []*Session
	for _, s := range e.sessions {
		all = append(all, s)
	}
	e.sessionsMu.Unlock()

	for _, s := range all {
		s.Post(shutdown{})
	}
	done := make(chan struct{})
	go func() {
		e.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// revision returns the revision that the client announces, 0 for one that does
// not exist.
func revision(r *http.Request) eio.Revision {
	switch r.URL.Query().Get("EIO") {
	case "3":
		return eio.Revision3
	case "4":
		return eio.Revision4
	default:
		return 0
	}
}
