package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
)

// A Server serves Socket.IO. It is an [http.Handler], for the URLs below its
// path. Its own methods and those of the main namespace are one thing.
type Server struct {
	*Namespace // the main one

	config Config
	engine *engine.Engine
	bundle bundle

	namespacesMu sync.Mutex // guards what follows, and Parent.children and Namespace.holders
	namespaces   map[string]*Namespace
	parents      []*Parent
	onNew        []func(*Namespace)
}

// New returns a server. It panics if config asks for a revision or a transport
// that the server does not have.
func New(config Config) *Server {
	s := &Server{config: config.withDefaults(), namespaces: map[string]*Namespace{}}
	s.bundle.files = s.config.ClientFiles
	s.engine = engine.New(s.config.engine(s.newConn))
	s.Namespace = newNamespace(s, "/")
	s.namespaces["/"] = s.Namespace
	return s
}

// ServeHTTP serves the requests below the path of the server, and answers 404 to
// all others.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.serveBundle(w, r) {
		s.engine.ServeHTTP(w, r)
	}
}

// Sockets returns the main namespace.
func (s *Server) Sockets() *Namespace { return s.Namespace }

// Of returns the namespace with the name, and declares it if it does not exist.
// A slash at the beginning may be left out. If the name matches a pattern given
// to [Server.OfPattern] before, the namespace is a child of that parent.
func (s *Server) Of(name string) *Namespace {
	if !strings.HasPrefix(name, "/") {
		name = "/" + name
	}
	s.namespacesMu.Lock()
	defer s.namespacesMu.Unlock()
	if n := s.namespaces[name]; n != nil {
		return n
	}
	for _, p := range s.parents {
		if p.pattern != nil && p.pattern.MatchString(name) {
			return s.create(name, p)
		}
	}
	return s.create(name, nil)
}

// OfPattern returns a parent for all names that match the pattern, anywhere
// unless it is anchored. Of several parents the first that was registered
// creates a namespace; namespaces that exist take precedence over all.
func (s *Server) OfPattern(pattern *regexp.Regexp) *Parent {
	return s.addParent(&Parent{server: s, pattern: pattern})
}

// OfFunc returns a parent for all names that the function allows.
func (s *Server) OfFunc(allow AllowFunc) *Parent {
	return s.addParent(&Parent{server: s, allow: allow})
}

func (s *Server) addParent(p *Parent) *Parent {
	s.namespacesMu.Lock()
	defer s.namespacesMu.Unlock()
	s.parents = append(s.parents, p)
	return p
}

// OnNewNamespace registers a function that is told of each namespace that is
// declared or created from now on, in a goroutine of its own.
func (s *Server) OnNewNamespace(f func(*Namespace)) {
	s.namespacesMu.Lock()
	defer s.namespacesMu.Unlock()
	s.onNew = append(s.onNew, f)
}

// Namespaces returns the names of the namespaces that exist, sorted. Parents are
// none.
func (s *Server) Namespaces() []string {
	s.namespacesMu.Lock()
	defer s.namespacesMu.Unlock()
	names := make([]string, 0, len(s.namespaces))
	for name := range s.namespaces {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Connections returns how many connections there are.
func (s *Server) Connections() int { return s.engine.Sessions() }

// Shutdown lets no new connections in, closes those that there are, and waits
// until the functions of the application have returned, or for ctx, whose error
// it returns then. Sockets leave with [ServerShuttingDown]; no DISCONNECT is
// sent.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.engine.Shutdown(ctx)
	s.namespacesMu.Lock()
	defer s.namespacesMu.Unlock()
	for _, n := range s.namespaces {
		n.adapter.Close()
	}
	return err
}

// Close does what Shutdown does, and waits for nothing.
func (s *Server) Close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// route returns the namespace that a CONNECT is for, held for a new member, or
// else the parents to ask about it.
func (s *Server) route(name string) (*Namespace, []*Parent) {
	s.namespacesMu.Lock()
	defer s.namespacesMu.Unlock()
	if n := s.namespaces[name]; n != nil {
		n.holders++
		return n, nil
	}
	for i, p := range s.parents {
		if p.pattern == nil {
			return nil, slices.Clone(s.parents[i:])
		}
		if p.pattern.MatchString(name) {
			return s.hold(name, p), nil
		}
	}
	return nil, nil
}

// ask asks parents about a namespace. It returns the namespace, held for a new
// member, or nil if none allows it.
func (s *Server) ask(ctx context.Context, parents []*Parent, name string, auth json.RawMessage) *Namespace {
	for _, p := range parents {
		if p.asks(ctx, name, auth) {
			s.namespacesMu.Lock()
			defer s.namespacesMu.Unlock()
			return s.hold(name, p)
		}
	}
	return nil
}

// hold returns a namespace, created by p if it does not exist, held for a new
// member, or nil if p has too many. The caller has locked namespacesMu.
func (s *Server) hold(name string, p *Parent) *Namespace {
	n := s.namespaces[name]
	if n == nil {
		if len(p.children) >= s.config.MaxChildren {
			s.config.Logger.Warn("namespace refused: its parent has too many", "namespace", name)
			return nil
		}
		n = s.create(name, p)
	}
	n.holders++
	return n
}

// create creates a namespace. The caller has locked namespacesMu.
func (s *Server) create(name string, p *Parent) *Namespace {
	n := newNamespace(s, name)
	if p != nil {
		p.equip(n)
	}
	s.namespaces[name] = n
	s.config.Logger.Debug("namespace created", "namespace", name, "dynamic", p != nil)
	for _, f := range s.onNew {
		go s.guard("function for new namespaces", func() { f(n) })
	}
	return n
}

// release lets go of a namespace that was held for a member.
func (s *Server) release(n *Namespace) {
	s.namespacesMu.Lock()
	defer s.namespacesMu.Unlock()
	n.holders--
	if n.holders > 0 || n.parent == nil || !s.config.CleanupEmptyChildren {
		return
	}
	delete(s.namespaces, n.name)
	n.parent.children = slices.DeleteFunc(n.parent.children, func(c *Namespace) bool { return c == n })
	n.adapter.Close()
	s.config.Logger.Debug("namespace removed", "namespace", n.name)
}

func newID() string { return engine.NewID() }
